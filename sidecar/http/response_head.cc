#include "sidecar/http/response_head.h"

#include <boost/beast/http/status.hpp>
#include <string_view>

namespace vlr::http {

std::string ResponseHead(const Response& response, const std::string& request_id, bool keep_alive) {
  constexpr std::size_t kUsualBytes = 256;
  std::string head;
  head.reserve(kUsualBytes);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += std::string_view(
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status)));
  head += "\r\n";
  const auto field = [&](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  field("X-Request-Id", request_id);
  field("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) field(name, value);
  if (!keep_alive) field("Connection", "close");
  if (response.status != 204) {
    field("Content-Type", response.content_type);
    field("Content-Length", std::to_string(response.body.size()));
  }
  head += "\r\n";
  return head;
}

}  // namespace vlr::http
