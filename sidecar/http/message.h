// Requests and responses as the handlers see them: no sockets, no Beast.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace vlr::http {

// A body has room for so many bytes behind its own: a parser may append to it without moving it.
inline constexpr std::size_t kBodySlack = 64;

struct Request {
  std::string method;  // "GET", "POST", …; HEAD arrives as GET
  std::string path;    // percent-encoding left alone, without the query string
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;                                         // the handler may take it
  std::string id;  // X-Request-Id: the client's own when it is well formed, else made here

  std::string_view Header(std::string_view lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

struct StageTime {
  std::string stage;  // "queue", "fetch", "decode", "model"
  double milliseconds;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string error_code;         // of an error, for logs and metrics
  std::vector<StageTime> stages;  // where the time went, for the same
};

// Runs on the socket thread; cancelled (terminal) when the client leaves. An exception becomes a 500.
using Handler = std::function<boost::asio::awaitable<Response>(Request&)>;

}  // namespace vlr::http
