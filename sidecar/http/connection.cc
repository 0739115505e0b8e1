#include "sidecar/http/connection.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>

#include "sidecar/http/read_deadline.h"
#include "sidecar/http/request_head.h"
#include "sidecar/http/response_head.h"
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
// Of a body that is announced, so much is made room for before it has come.
constexpr std::size_t kMaxReservedBytes = std::size_t{1} << 20;
// After a refusal, what is still on its way is read and dropped: a socket closed over unread bytes is reset,
// and the client would not see the answer.
constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr std::size_t kMaxLingerBytes = std::size_t{4} << 20;
constexpr std::chrono::milliseconds kCloseTime{1000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

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
  std::size_t body_bytes = 0;
  SteadyClock::time_point started = SteadyClock::now();
};

Connection::Connection(std::shared_ptr<ConnectionContext> context, asio::ip::tcp::socket socket)
    : context_(std::move(context)),
      transport_(std::move(socket), context_->tls),
      buffer_(kReadBufferBytes),
      arrival_(transport_.get_executor()) {}

asio::awaitable<void> Connection::Run() {
  const bool open = co_await transport_.Handshake(context_->options.header_timeout);
  if (!open) co_return;
  std::exception_ptr failure;
  try {
    while (!context_->draining) {
      const bool again = co_await ServeOne();
      if (!again) break;
    }
  } catch (...) {
    failure = std::current_exception();
  }
  co_await StopReading();
  if (failure) std::rethrow_exception(failure);
  co_await transport_.Close(kCloseTime);
}

void Connection::StartReading() {
  // Where a body has come before, the next one may come at once with its header.
  const std::size_t room = std::max(kFirstReadBytes, buffer_.capacity());
  const std::size_t bytes = std::min(room, buffer_.max_size() - buffer_.size());
  if (reading_ || read_error_ || bytes == 0) return;
  reading_ = true;
  transport_.async_read_some(buffer_.prepare(bytes),
                             [this](boost::system::error_code error, std::size_t got) {
                               reading_ = false;
                               read_error_ = error;
                               buffer_.commit(got);
                               arrival_.cancel();
                               if (!handling_) return;
                               if (error) leaves_.emit(asio::cancellation_type::terminal);
                               StartReading();
                             });
}

asio::awaitable<boost::system::error_code> Connection::ReadMore() {
  if (buffer_.size() == buffer_.max_size()) co_return bh::error::buffer_overflow;
  StartReading();
  while (reading_) co_await Arrival();
  co_return read_error_;
}

template <class Take>
asio::awaitable<boost::system::error_code> Connection::ReadUntil(const Take& take,
                                                                 std::chrono::milliseconds time) {
  transport_.ExpireNever();
  const ReadDeadline deadline(transport_, time);
  while (true) {
    boost::system::error_code error = co_await ReadMore();
    if (deadline.fired()) error = beast::error::timeout;
    if (error || take(&error) || error) co_return error;
  }
}

bool Connection::Feed(Parser& parser, boost::system::error_code* error) {
  buffer_.consume(parser.put(buffer_.data(), *error));
  if (*error != bh::error::need_more) return !*error;
  *error = {};
  return false;
}

asio::awaitable<void> Connection::StopReading() {
  if (!reading_) co_return;
  transport_.Cancel();
  while (reading_) co_await Arrival();
  if (read_error_ == asio::error::operation_aborted) read_error_ = {};
}

asio::awaitable<void> Connection::Arrival() {
  boost::system::error_code ignored;
  arrival_.expires_at(SteadyClock::time_point::max());
  co_await arrival_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Response Connection::Error(const Incoming& incoming, const Refusal& refusal) const {
  return context_->router.Error(incoming.request, refusal.status, refusal.code, refusal.message);
}

asio::awaitable<bool> Connection::WaitForFirstByte() {
  if (buffer_.size() > 0) {
    co_await StopReading();  // which may wait for a client that waits for the answer to what has come
    co_return true;
  }
  idle_ = true;
  transport_.ExpireAfter(context_->options.idle_timeout);
  co_await ReadMore();
  idle_ = false;
  co_return buffer_.size() > 0;
}

asio::awaitable<Connection::Outcome> Connection::ReadHeader(Incoming& incoming) {
  const ServerOptions& options = context_->options;
  Parser& parser = incoming.parser;
  parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
  parser.body_limit(options.max_body_bytes);
  boost::system::error_code error;
  const auto take = [&](boost::system::error_code* failure) {
    Feed(parser, failure);
    return parser.is_header_done();
  };
  // The first bytes that come are most often all of it.
  if (!take(&error) && !error) error = co_await ReadUntil(take, options.header_timeout);
  incoming.request = ToRequest(parser.get().base());
  incoming.head = parser.get().method() == bh::verb::head;
  std::optional<Refusal> refusal;
  if (error == beast::error::timeout) {
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
    transport_.ExpireAfter(options.write_timeout);
    co_await asio::async_write(transport_, asio::buffer(kContinue),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return Outcome::kGone;
  }
  if (parser.is_done()) co_return Outcome::kRead;
  buffer_.reserve(kReadBufferBytes);  // a read takes what there is room for
  const auto take = [&](boost::system::error_code* failure) { return TakeBody(incoming, failure); };
  if (!take(&error) && !error) error = co_await ReadUntil(take, options.body_timeout);
  std::optional<Refusal> refusal;
  if (error == beast::error::timeout) {
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
  incoming.body_bytes = incoming.request.body.size();
  co_return Outcome::kRead;
}

bool Connection::TakeBody(Incoming& incoming, boost::system::error_code* error) {
  Parser& parser = incoming.parser;
  std::string& body = incoming.request.body;
  // A body of known length without the parser, which would clear the place of the bytes before it copies them
  // there.
  if (const auto length = parser.content_length()) {
    body.reserve(std::min<std::size_t>(*length, kMaxReservedBytes) + kBodySlack);
    const std::size_t taken = std::min<std::size_t>(buffer_.size(), *length - body.size());
    body.append(static_cast<const char*>(buffer_.data().data()), taken);
    buffer_.consume(taken);
    return body.size() == *length;
  }
  bool goes_on = true;
  while (goes_on && !parser.is_done() && buffer_.size() > 0) goes_on = Feed(parser, error);
  if (parser.is_done()) body = std::move(parser.get().body());
  return parser.is_done();
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

// Nothing when the client left before the handler was done; the handler is cancelled then.
asio::awaitable<std::optional<Response>> Connection::Handle(Request& request) {
  const Router& router = context_->router;
  const Handler handler = router.Find(request);
  std::optional<Response> response;
  std::string failure;
  transport_.ExpireNever();
  handling_ = true;
  StartReading();
  try {
    auto answering = handler(request);
    response = co_await std::move(answering);
  } catch (const std::exception& thrown) {
    failure = thrown.what();
  }
  handling_ = false;
  if (read_error_) {
    co_await asio::this_coro::reset_cancellation_state();
    co_return std::nullopt;
  }
  if (!response) {
    spdlog::error("request {}: {}", request.id, failure);
    response = router.Error(request, 500, "internal", "the request failed; the server's log says why");
  }
  co_return response;
}

asio::awaitable<bool> Connection::Send(Incoming& incoming, Response response, bool keep_alive) {
  context_->cors.Decorate(incoming.request, &response);
  const std::string head = ResponseHead(response, incoming.request.id, keep_alive);
  const std::size_t bytes = response.body.size();
  const std::string_view body = incoming.head ? std::string_view() : std::string_view(response.body);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
  transport_.ExpireAfter(context_->options.write_timeout);
  boost::system::error_code error;
  co_await asio::async_write(transport_, buffers, asio::redirect_error(asio::use_awaitable, error));
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
  record.request_bytes = incoming.body_bytes;
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
