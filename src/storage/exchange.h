// One HTTP/1.1 request and its answer on an open stream, within limits. A template, so that a fuzzer can play
// the server without a socket.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <string>

#include "storage/error_codes.h"
#include "storage/http_message.h"
#include "storage/strand.h"

namespace vlr {

struct ExchangeLimits {
  std::size_t max_body_bytes = 0;
  std::size_t max_header_bytes = 0;
};

using WireRequest = boost::beast::http::request<boost::beast::http::empty_body>;
using WireParser = boost::beast::http::response_parser<boost::beast::http::string_body>;

// Bounds what one read takes and so what one chunk's extensions may hold.
inline constexpr std::size_t kReadBufferBytes = std::size_t{64} << 10;
inline constexpr int kMaxInterimResponses = 4;  // 1xx before the answer

WireRequest MakeWireRequest(const HttpRequest& request);

// Checks what the parser lets through, sets the body's limit. Nothing is wrong when it gives nothing.
std::optional<Error> AcceptHeader(WireParser& parser, const ExchangeLimits& limits);

// The failure that an error of the stream or the parser stands for.
HttpFailure StreamFailure(const boost::system::error_code& error, const ExchangeLimits& limits);

// REQUIRES: parser.is_done().
HttpResponse TakeResponse(WireParser& parser);

// Closed or unusable afterwards unless the response says keep_alive.
template <class Stream>
boost::asio::awaitable<HttpResult<HttpResponse>> Exchange(Stream& stream, const WireRequest& request,
                                                          const ExchangeLimits& limits) {
  namespace http = boost::beast::http;
  const auto [write_error, written] = co_await http::async_write(stream, request, kAwaitTuple);
  if (write_error) co_return StreamFailure(write_error, limits);

  boost::beast::flat_buffer buffer(kReadBufferBytes);
  std::optional<WireParser> parser;
  for (int interim = 0;; ++interim) {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    parser->body_limit(boost::none);
    const auto [error, size] = co_await http::async_read_header(stream, buffer, *parser, kAwaitTuple);
    if (error) {
      HttpFailure failure = StreamFailure(error, limits);
      failure.response_began = interim > 0 || parser->got_some();
      co_return failure;
    }
    const unsigned status = parser->get().result_int();
    if (status >= 200) break;
    if (status == 101 || interim == kMaxInterimResponses) {
      co_return HttpFailure{{std::string(kMediaUnreachable), "the server's answer never came to its status"}};
    }
  }
  if (auto refused = AcceptHeader(*parser, limits)) co_return HttpFailure{std::move(*refused), false, true};

  // Framing (chunk sizes, extensions, trailers) may not outgrow what it frames.
  std::size_t wire_bytes = 0;
  while (!parser->is_done()) {
    const auto [error, size] = co_await http::async_read_some(stream, buffer, *parser, kAwaitTuple);
    wire_bytes += size;
    const std::size_t body_bytes = parser->get().body().size();
    if (error == http::error::body_limit && parser->get().result_int() != 200) {
      HttpResponse cut = TakeResponse(*parser);
      cut.keep_alive = false;
      co_return cut;
    }
    if (error) {
      HttpFailure failure = StreamFailure(error, limits);
      failure.response_began = true;
      co_return failure;
    }
    if (wire_bytes > 2 * body_bytes + kReadBufferBytes) {
      co_return HttpFailure{{std::string(kMediaUnreachable), "the server's answer is mostly chunk framing"}};
    }
  }
  HttpResponse response = TakeResponse(*parser);
  response.keep_alive = response.keep_alive && buffer.size() == 0;
  co_return response;
}

}  // namespace vlr
