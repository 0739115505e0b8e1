#include "sidecar/http/request_check.h"

#include <boost/beast/core/string.hpp>
#include <charconv>

namespace vlr::http {

namespace beast_http = boost::beast::http;

std::optional<Refusal> CheckHeader(const RequestHeader& header, std::size_t max_body_bytes) {
  const auto bad = [](std::string message) { return Refusal{400, "invalid_request", std::move(message)}; };
  using Field = beast_http::field;
  if (header.version() != 11 && header.version() != 10)
    return Refusal{505, "invalid_request", "only HTTP/1.1 is spoken"};
  if (header.count(Field::host) > 1 || (header.version() == 11 && header.count(Field::host) == 0)) {
    return bad("exactly one Host header is needed");
  }
  if (header.target().empty() || header.target().front() != '/')
    return bad("the request target must begin with /");
  const bool coded = header.count(Field::transfer_encoding) > 0;
  const bool sized = header.count(Field::content_length) > 0;
  if (coded && sized) return bad("Transfer-Encoding and Content-Length exclude each other");
  if (coded && header.version() == 10) return bad("HTTP/1.0 has no Transfer-Encoding");
  if (header.count(Field::transfer_encoding) > 1 || header.count(Field::content_length) > 1) {
    return bad("Transfer-Encoding and Content-Length may stand once");
  }
  if (coded && !boost::beast::iequals(header[Field::transfer_encoding], "chunked")) {
    return bad("the only Transfer-Encoding taken is chunked");
  }
  if (sized) {
    const auto text = header[Field::content_length];
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || end != text.data() + text.size()) return bad("Content-Length is no number");
    if (length > max_body_bytes) {
      return Refusal{413, "payload_too_large",
                     "the body is larger than " + std::to_string(max_body_bytes) + " bytes"};
    }
  }
  return std::nullopt;
}

}  // namespace vlr::http
