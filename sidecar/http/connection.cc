#include "sidecar/http/connection.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "sidecar/http/read_deadline.h"
#include "sidecar/http/request_head.h"
#include "sidecar/http/traceparent.h"

namespace vlr::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

namespace {

// Bounds what a chunk extension or a header line can make Beast buffer, and what a client may send ahead.
constexpr std::size_t kReadBufferBytes = 64 << 10;
constexpr std::size_t kFirstReadBytes = 4 << 10;
// After a refusal, what is still on its way is read and dropped: a socket closed over unread bytes is reset,
// and the client would not see the answer.
constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr std::size_t kMaxLingerBytes = std::size_t{4} << 20;
constexpr std::chrono::milliseconds kCloseTime{1000};

bool IsSyntax(const boost::system::error_code& error) {
  return error.category() == make_error_code(bh::error::bad_target).category() &&
         error != bh::error::partial_message && error != bh::error::end_of_stream;
}

Refusal TooLarge(std::size_t limit) {
  return {413, "payload_too_large", "the body is larger than " + std::to_string(limit) + " bytes"};
}

}  // namespace

struct Connection::Incoming {
  Parser parser;
  Request request;
  Response refusal;  // when the outcome is kRefused
  Admission admission;
  bool head = false;
  SteadyClock::time_point started = SteadyClock::now();
};

Connection::Connection(std::shared_ptr<ConnectionContext> context, asio::ip::tcp::socket socket)
    : context_(std::move(context)), transport_(std::move(socket), context_->tls), buffer_(kReadBufferBytes) {}

asio::awaitable<void> Connection::Run() {
  const bool open = co_await transport_.Handshake(context_->options.header_timeout);
  if (!open) co_return;
  while (!context_->draining) {
    const bool again = co_await ServeOne();
    if (!again) break;
  }
  co_await transport_.Close(kCloseTime);
}

Response Connection::Error(const Incoming& incoming, const Refusal& refusal) const {
  return context_->router.Error(incoming.request, refusal.status, refusal.code, refusal.message);
}

asio::awaitable<bool> Connection::WaitForFirstByte() {
  if (buffer_.size() > 0) co_return true;
  idle_ = true;
  boost::system::error_code error;
  transport_.ExpireAfter(context_->options.idle_timeout);
  // Where a body has come before, the next one may come at once with its header.
  const std::size_t room = std::max(kFirstReadBytes, buffer_.capacity());
  const std::size_t got = co_await transport_.async_read_some(
      buffer_.prepare(room), asio::redirect_error(asio::use_awaitable, error));
  buffer_.commit(got);
  idle_ = false;
  co_return !error;
}

asio::awaitable<Connection::Outcome> Connection::ReadHeader(Incoming& incoming) {
  const ServerOptions& options = context_->options;
  Parser& parser = incoming.parser;
  parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
  parser.body_limit(options.max_body_bytes);
  boost::system::error_code error;
  transport_.ExpireNever();
  const ReadDeadline deadline(transport_, options.header_timeout);
  co_await bh::async_read_header(transport_, buffer_, parser,
                                 asio::redirect_error(asio::use_awaitable, error));
  incoming.request = ToRequest(parser.get().base());
  incoming.head = parser.get().method() == bh::verb::head;
  std::optional<Refusal> refusal;
  if (error && deadline.fired()) {
    refusal = Refusal{408, "request_timeout", "the request header came too slowly"};
  } else if (error == bh::error::header_limit || error == bh::error::buffer_overflow) {
    refusal = Refusal{431, "header_too_large", "the request header is too large"};
  } else if (error == bh::error::body_limit) {
    refusal = TooLarge(options.max_body_bytes);
  } else if (error && IsSyntax(error)) {
    refusal = Refusal{400, "invalid_request", "this is not proper HTTP/1.1"};
  } else if (error) {
    co_return Outcome::kGone;
  } else {
    refusal = CheckHeader(parser.get().base(), options.max_body_bytes);
  }
  if (!refusal && context_->cors.Forbids(incoming.request)) {
    refusal = Refusal{403, "forbidden", "pages of this origin may not ask; server.cors lists those that may"};
  }
  if (refusal) {
    incoming.refusal = Error(incoming, *refusal);
    co_return Outcome::kRefused;
  }
  if (context_->gate && !context_->cors.Preflight(incoming.request)) {
    incoming.admission = context_->gate(incoming.request);
    if (incoming.admission.refusal) {
      incoming.refusal = std::move(*incoming.admission.refusal);
      co_return Outcome::kRefused;
    }
  }
  co_return Outcome::kRead;
}

asio::awaitable<Connection::Outcome> Connection::ReadBody(Incoming& incoming) {
  const ServerOptions& options = context_->options;
  Parser& parser = incoming.parser;
  boost::system::error_code error;
  if (beast::iequals(parser.get()[bh::field::expect], "100-continue")) {
    bh::response<bh::empty_body> go_on(bh::status::continue_, 11);
    transport_.ExpireAfter(options.write_timeout);
    co_await bh::async_write(transport_, go_on, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return Outcome::kGone;
  }
  buffer_.reserve(kReadBufferBytes);  // a read takes what there is room for
  transport_.ExpireNever();
  const ReadDeadline deadline(transport_, options.body_timeout);
  co_await bh::async_read(transport_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
  std::optional<Refusal> refusal;
  if (error && deadline.fired()) {
    refusal = Refusal{408, "request_timeout", "the body came too slowly"};
  } else if (error == bh::error::body_limit) {
    refusal = TooLarge(options.max_body_bytes);
  } else if (error && IsSyntax(error)) {
    refusal = Refusal{400, "invalid_request", "the body is not proper HTTP/1.1"};
  } else if (error) {
    co_return Outcome::kGone;
  }
  if (refusal) {
    incoming.refusal = Error(incoming, *refusal);
    co_return Outcome::kRefused;
  }
  incoming.request.body = std::move(parser.get().body());
  co_return Outcome::kRead;
}

// Reads one request and answers it; true when the connection may carry another.
asio::awaitable<bool> Connection::ServeOne() {
  const bool begun = co_await WaitForFirstByte();
  if (!begun) co_return false;
  ++context_->busy;
  const std::shared_ptr<void> done(nullptr, [context = context_](void*) { --context->busy; });
  Incoming incoming;
  Outcome outcome = co_await ReadHeader(incoming);
  if (outcome == Outcome::kRead) outcome = co_await ReadBody(incoming);
  if (outcome == Outcome::kGone) co_return false;
  if (outcome == Outcome::kRefused) {
    // What the client meant to follow is not known any more, so the connection ends here.
    co_await Send(incoming, std::move(incoming.refusal), false);
    co_await Linger();
    co_return false;
  }
  const bool wants_more = incoming.parser.get().keep_alive();
  std::optional<Response> response = context_->cors.Preflight(incoming.request);
  if (!response) response = co_await Handle(incoming.request);
  if (!response) {
    Response nobody;
    nobody.status = 499;
    Report(incoming, nobody, 0);
    co_return false;
  }
  co_return co_await Send(incoming, std::move(*response), wants_more && !context_->draining);
}

// Ends when the peer has closed its side; otherwise reads ahead until it is cancelled.
asio::awaitable<void> Connection::WatchForClose() {
  boost::system::error_code error;
  while (!error && buffer_.size() + kFirstReadBytes <= buffer_.max_size()) {
    const std::size_t got = co_await transport_.async_read_some(
        buffer_.prepare(kFirstReadBytes), asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(got);
  }
  if (error) co_return;
  asio::steady_timer full(transport_.get_executor(), SteadyClock::time_point::max());
  co_await full.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

// Nothing when the client left before the handler was done; the handler is cancelled then.
asio::awaitable<std::optional<Response>> Connection::Handle(const Request& request) {
  using asio::experimental::awaitable_operators::operator||;
  const Router& router = context_->router;
  const Handler handler = router.Find(request);
  auto guarded = [&]() -> asio::awaitable<std::optional<Response>> {
    try {
      auto answering = handler(request);
      co_return co_await std::move(answering);
    } catch (const boost::system::system_error& failure) {
      if (failure.code() == asio::error::operation_aborted) co_return std::nullopt;
      spdlog::error("request {}: {}", request.id, failure.what());
    } catch (const std::exception& failure) {
      spdlog::error("request {}: {}", request.id, failure.what());
    }
    co_return router.Error(request, 500, "internal", "the request failed; the server's log says why");
  };
  transport_.ExpireNever();
  auto outcome = co_await (guarded() || WatchForClose());
  if (outcome.index() != 0) co_return std::nullopt;
  co_return std::get<0>(std::move(outcome));
}

asio::awaitable<bool> Connection::Send(Incoming& incoming, Response response, bool keep_alive) {
  context_->cors.Decorate(incoming.request, &response);
  bh::response<bh::string_body> message(static_cast<bh::status>(response.status), 11);
  message.set("X-Request-Id", incoming.request.id);
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.keep_alive(keep_alive);
  const std::size_t bytes = response.body.size();
  if (response.status != 204) {
    message.set(bh::field::content_type, response.content_type);
    message.body() = std::move(response.body);
    message.prepare_payload();
  }
  if (incoming.head) message.body().clear();
  transport_.ExpireAfter(context_->options.write_timeout);
  boost::system::error_code error;
  co_await bh::async_write(transport_, message, asio::redirect_error(asio::use_awaitable, error));
  Report(incoming, response, bytes);
  co_return !error && keep_alive;
}

void Connection::Report(const Incoming& incoming, const Response& response, std::size_t bytes) const {
  const Request& request = incoming.request;
  AccessRecord record;
  record.method = request.method;
  record.path = request.path;
  record.request_id = request.id;
  record.traceparent = WellFormedTraceparent(request.Header("traceparent"));
  record.caller = incoming.admission.caller;
  record.status = response.status;
  record.error_code = response.error_code;
  record.duration = SteadyClock::now() - incoming.started;
  record.stages = response.stages;
  record.request_bytes = request.body.size();
  record.response_bytes = bytes;
  context_->access_log(record);
}

asio::awaitable<void> Connection::Linger() {
  boost::system::error_code error;
  transport_.EndSending();
  transport_.ExpireAfter(kLingerTime);
  std::size_t dropped = 0;
  while (!error && dropped < kMaxLingerBytes) {
    buffer_.clear();
    dropped += co_await transport_.async_read_some(buffer_.prepare(kFirstReadBytes),
                                                   asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace vlr::http
