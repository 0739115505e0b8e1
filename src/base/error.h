// Failures as values. A recoverable failure (a part that cannot be read, a field that is wrong) travels as
// Result<T>; exceptions are left to broken invariants and to the request handler in sidecar/api.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace vlr {

struct Error {
  Error() = default;
  Error(std::string code_in, std::string message_in, std::string part_in = {})
      : code(std::move(code_in)), message(std::move(message_in)), part(std::move(part_in)) {}

  // Stable, machine readable, as the API names it: "invalid_request", "video_corrupt", "media_forbidden", …
  std::string code;
  // One sentence for a person. Never holds an address, a credential, an internal IP or a file system path
  // that the caller did not name.
  std::string message;
  // The field or part that is wrong, "documents[3].image[0]", "config.json: text_config.hidden_size"; may be
  // empty.
  std::string part;
  // Of "overloaded": when it is worth while to ask again; 0: not known.
  std::chrono::seconds retry_after{0};
};

// Thrown where a Result's value is taken although it holds an error, and for errors of a whole request.
class ErrorException : public std::runtime_error {
 public:
  explicit ErrorException(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw ErrorException(error);
}

// Holds a T or an Error: `if (!r) return r.error();`, `*r`, `r->`, `r.value()` (throws ErrorException).
template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace vlr
