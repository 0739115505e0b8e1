// What a request header must satisfy before its body is read: no ambiguity that another hop could read
// otherwise.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace vlr::http {

struct Refusal {
  int status;
  std::string code;
  std::string message;
};

using RequestHeader = boost::beast::http::request_header<boost::beast::http::fields>;

// RFC 9112: one Host; not both Transfer-Encoding and Content-Length; no coding but chunked; no chunked in
// HTTP/1.0; an origin-form target. A Content-Length over max_body_bytes is refused before a byte of it is
// read.
std::optional<Refusal> CheckHeader(const RequestHeader& header, std::size_t max_body_bytes);

}  // namespace vlr::http
