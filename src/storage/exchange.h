// One HTTP/1.1 request and its answer on an open stream, within limits. A template, so that a fuzzer can play
// the server without a socket.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
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
using ReadBuffer = boost::beast::flat_buffer;
using WireParser = boost::beast::http::response_parser<boost::beast::http::string_body>;

// Bounds what one read takes and so what one chunk's extensions may hold.
inline constexpr std::size_t kReadBufferBytes = std::size_t{64} << 10;
inline constexpr std::size_t kFirstReadBytes = std::size_t{4} << 10;    // a header, a small object
inline constexpr std::size_t kLeastBodyBytes = std::size_t{256} << 10;  // asked for at a time
inline constexpr int kMaxInterimResponses = 4;                          // 1xx before the answer

WireRequest MakeWireRequest(const HttpRequest& request);

// Checks what the parser lets through, sets the body's limit. Nothing is wrong when it gives nothing.
std::optional<Error> AcceptHeader(WireParser& parser, const ExchangeLimits& limits);

// The failure that an error of the stream or the parser stands for.
HttpFailure StreamFailure(const boost::system::error_code& error, const ExchangeLimits& limits,
                          bool response_began);

// What the parser holds of an answer that was read as far as it is wanted; `whole` if the connection has
// given all of it and nothing more.
HttpResponse TakeResponse(WireParser& parser, bool whole);

// A body of a length that is known: what of it is in the buffer, then the stream's bytes where they are to
// stay. Memory is met no faster than twice what has come.
template <class Stream>
boost::asio::awaitable<HttpResult<HttpResponse>> ReadAnnounced(Stream& stream, ReadBuffer& buffer,
                                                               WireParser& parser,
                                                               const ExchangeLimits& limits) {
  const std::size_t length = *parser.content_length();
  std::string& body = parser.get().body();
  std::size_t filled = std::min(buffer.size(), length);
  body.reserve(length);
  body.assign(static_cast<const char*>(buffer.data().data()), filled);
  buffer.consume(filled);
  while (filled < length) {
    if (filled == body.size()) body.resize(std::min(length, 2 * filled + kLeastBodyBytes));
    auto [error, size] = co_await stream.async_read_some(
        boost::asio::buffer(body.data() + filled, body.size() - filled), kAwaitTuple);
    if (error == boost::asio::error::eof) error = boost::beast::http::error::partial_message;
    if (error) co_return StreamFailure(error, limits, true);
    filled += size;
  }
  co_return TakeResponse(parser, buffer.size() == 0);
}

// A body that ends where its chunks or the connection end, and any body of a failure, of which the beginning
// will do.
template <class Stream>
boost::asio::awaitable<HttpResult<HttpResponse>> ReadFramed(Stream& stream, ReadBuffer& buffer,
                                                            WireParser& parser,
                                                            const ExchangeLimits& limits) {
  namespace http = boost::beast::http;
  buffer.reserve(kReadBufferBytes);
  // Framing (chunk sizes, extensions, trailers) may not outgrow what it frames.
  std::size_t wire_bytes = 0;
  while (!parser.is_done()) {
    const auto [error, size] = co_await http::async_read_some(stream, buffer, parser, kAwaitTuple);
    wire_bytes += size;
    const std::size_t body_bytes = parser.get().body().size();
    if (error == http::error::body_limit && parser.get().result_int() != 200) {
      co_return TakeResponse(parser, false);
    }
    if (error) co_return StreamFailure(error, limits, true);
    if (wire_bytes > 2 * body_bytes + kReadBufferBytes) {
      co_return HttpFailure{{std::string(kMediaUnreachable), "the server's answer is mostly chunk framing"}};
    }
  }
  co_return TakeResponse(parser, buffer.size() == 0);
}

// Closed or unusable afterwards unless the response says keep_alive.
template <class Stream>
boost::asio::awaitable<HttpResult<HttpResponse>> Exchange(Stream& stream, const WireRequest& request,
                                                          const ExchangeLimits& limits) {
  namespace http = boost::beast::http;
  const auto [write_error, written] = co_await http::async_write(stream, request, kAwaitTuple);
  if (write_error) co_return StreamFailure(write_error, limits, false);

  ReadBuffer buffer(kReadBufferBytes);
  buffer.reserve(kFirstReadBytes);  // Beast reads as much as there is room for
  std::optional<WireParser> parser;
  for (int interim = 0;; ++interim) {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    parser->body_limit(boost::none);
    const auto [error, size] = co_await http::async_read_header(stream, buffer, *parser, kAwaitTuple);
    if (error) co_return StreamFailure(error, limits, interim > 0 || parser->got_some());
    const unsigned status = parser->get().result_int();
    if (status >= 200) break;
    if (status == 101 || interim == kMaxInterimResponses) {
      co_return HttpFailure{{std::string(kMediaUnreachable), "the server's answer never came to its status"}};
    }
  }
  if (auto refused = AcceptHeader(*parser, limits)) co_return HttpFailure{std::move(*refused), false, true};

  const bool announced = parser->get().result_int() == 200 && parser->content_length();
  if (announced) co_return co_await ReadAnnounced(stream, buffer, *parser, limits);
  co_return co_await ReadFramed(stream, buffer, *parser, limits);
}

}  // namespace vlr
