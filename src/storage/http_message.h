// One GET and its answer, as the client's layers hand them on.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "storage/media_url.h"

namespace vlr {

struct HttpRequest {
  Origin origin;
  // The operator named this host: the address guard does not apply.
  bool trusted = false;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // besides Host and those that every request has
};

struct HttpResponse {
  unsigned status = 0;
  std::string location;
  bool no_store = false;    // Cache-Control: no-store
  bool keep_alive = false;  // the connection can carry another request
  std::string body;         // of a status other than 200: at most kMaxErrorBodyBytes, else empty
};

inline constexpr std::size_t kMaxErrorBodyBytes = std::size_t{64} << 10;

struct HttpFailure {
  Error error;
  bool transient = false;       // another try may succeed
  bool response_began = false;  // bytes of an answer had come
};

template <class T>
using HttpResult = boost::system::result<T, HttpFailure>;

[[noreturn]] inline void throw_exception_from_error(const HttpFailure& failure,
                                                    const boost::source_location&) {
  throw ErrorException(failure.error);
}

}  // namespace vlr
