#include "storage/exchange.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <utility>

namespace vlr {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

Error Unreachable(std::string why) {
  return {std::string(kMediaUnreachable), std::move(why)};
}

Error TooLarge(const ExchangeLimits& limits) {
  return {std::string(kMediaTooLarge),
          "the object has more than " + std::to_string(limits.max_body_bytes) + " bytes"};
}

bool ForbidsStore(beast::string_view cache_control) {
  constexpr beast::string_view kNoStore = "no-store";
  for (std::size_t at = 0; at + kNoStore.size() <= cache_control.size(); ++at) {
    if (beast::iequals(cache_control.substr(at, kNoStore.size()), kNoStore)) return true;
  }
  return false;
}

HttpFailure FailureOf(const boost::system::error_code& error, const ExchangeLimits& limits) {
  if (error == beast::error::timeout) {
    return {{std::string(kMediaTimeout), "the server did not answer in time"}};
  }
  if (error == http::error::body_limit) return {TooLarge(limits)};
  if (error == http::error::header_limit) {
    return {Unreachable("the answer's header has more than " + std::to_string(limits.max_header_bytes) +
                        " bytes")};
  }
  if (error == http::error::buffer_overflow)
    return {Unreachable("the server's answer has oversized framing")};
  if (error == http::error::partial_message) return {Unreachable("the answer ended early"), true};
  if (error == http::error::end_of_stream) return {Unreachable("the connection was closed unanswered"), true};
  if (error.category() == make_error_code(http::error::bad_version).category()) {
    return {Unreachable("the server's answer is not proper HTTP")};
  }
  return {Unreachable("the connection broke"), true};
}

}  // namespace

WireRequest MakeWireRequest(const HttpRequest& request) {
  WireRequest wire{http::verb::get, request.target, 11};
  wire.set(http::field::host, request.origin.HostHeader());
  wire.set(http::field::user_agent, "vl-rerank");
  wire.set(http::field::accept, "*/*");
  wire.set(http::field::accept_encoding, "identity");
  for (const auto& [name, value] : request.headers) wire.set(name, value);
  return wire;
}

std::optional<Error> AcceptHeader(WireParser& parser, const ExchangeLimits& limits) {
  const auto& message = parser.get();
  const bool chunked_field = message.count(http::field::transfer_encoding) > 0;
  if (chunked_field) {
    const bool plain = message.count(http::field::transfer_encoding) == 1 &&
                       beast::iequals(message[http::field::transfer_encoding], "chunked");
    if (!plain || message.version() != 11 || message.count(http::field::content_length) > 0) {
      return Unreachable("the server's answer is framed in a way that is not accepted");
    }
  }
  if (message.version() != 11 && message.version() != 10)
    return Unreachable("the server does not speak HTTP/1");
  const auto encoding = message[http::field::content_encoding];
  if (!encoding.empty() && !beast::iequals(encoding, "identity")) {
    return Unreachable("the server compressed its answer although it was asked not to");
  }
  if (message.result_int() != 200) {
    parser.body_limit(kMaxErrorBodyBytes);
    return std::nullopt;
  }
  const auto length = parser.content_length();
  if (length && *length > limits.max_body_bytes) return TooLarge(limits);
  parser.body_limit(limits.max_body_bytes);
  return std::nullopt;
}

HttpFailure StreamFailure(const boost::system::error_code& error, const ExchangeLimits& limits,
                          bool response_began) {
  HttpFailure failure = FailureOf(error, limits);
  failure.response_began = response_began;
  return failure;
}

HttpResponse TakeResponse(WireParser& parser, bool whole) {
  HttpResponse response;
  auto& message = parser.get();
  response.status = message.result_int();
  response.location = std::string(message[http::field::location]);
  response.no_store = ForbidsStore(message[http::field::cache_control]);
  response.keep_alive = whole && message.keep_alive();
  response.body = std::move(message.body());
  return response;
}

}  // namespace vlr
