#include "sidecar/http/server.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cctype>
#include <list>
#include <optional>
#include <random>

#include "sidecar/http/request_check.h"

namespace vlr::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;
using tcp = asio::ip::tcp;

namespace {

// Bounds what a chunk extension or a header line can make Beast buffer.
constexpr std::size_t kReadBufferBytes = 64 << 10;
constexpr std::size_t kFirstReadBytes = 4 << 10;
constexpr std::size_t kMaxRequestIdLength = 128;
constexpr std::chrono::milliseconds kPipelinePoll{250};

std::string MakeRequestId() {
  static thread_local std::mt19937_64 random(std::random_device{}());
  char text[32];
  std::snprintf(text, sizeof text, "rr-%016llx", static_cast<unsigned long long>(random()));
  return text;
}

std::string RequestId(std::string_view given) {
  const bool usable = !given.empty() && given.size() <= kMaxRequestIdLength &&
                      std::all_of(given.begin(), given.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
                      });
  return usable ? std::string(given) : MakeRequestId();
}

Request ToRequest(const RequestHeader& header) {
  Request request;
  const bool head = header.method() == bh::verb::head;
  request.method = head ? "GET" : std::string(header.method_string());
  const std::string_view target = header.target();
  request.path = std::string(target.substr(0, target.find('?')));
  for (const auto& field : header) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers.emplace(std::move(name), std::string(field.value()));
  }
  request.id = RequestId(request.Header("x-request-id"));
  return request;
}

// Interrupts what reads from a socket when its time is over. Beast's own timeout would close the socket, and
// the client could not be told why.
class ReadDeadline {
 public:
  ReadDeadline(tcp::socket& socket, std::chrono::milliseconds time) : timer_(socket.get_executor(), time) {
    timer_.async_wait([state = state_, &socket](boost::system::error_code error) {
      if (error || state->over) return;
      state->fired = true;
      socket.cancel(error);
    });
  }
  ~ReadDeadline() { state_->over = true; }
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

  bool fired() const { return state_->fired; }

 private:
  struct State {
    bool over = false;
    bool fired = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  asio::steady_timer timer_;
};

// Ends when the peer has closed its side; otherwise waits until it is cancelled.
asio::awaitable<void> WaitForClose(tcp::socket& socket) {
  asio::steady_timer timer(socket.get_executor());
  while (true) {
    boost::system::error_code error;
    co_await socket.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    char byte = 0;
    const ssize_t got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (error || got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
      co_return;
    // The next request is already here: it stays readable, so look again later.
    timer.expires_after(kPipelinePoll);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::io_context& io, ServerOptions options_in, const Router& router_in, AccessLog log)
      : options(std::move(options_in)), router(router_in), access_log(std::move(log)), acceptor(io) {}

  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(tcp::socket socket);
  asio::awaitable<bool> ServeOne(beast::tcp_stream& stream, beast::flat_buffer& buffer, bool* idle);
  asio::awaitable<std::optional<Response>> Handle(beast::tcp_stream& stream, const Request& request);
  asio::awaitable<bool> Send(beast::tcp_stream& stream, const Request& request, Response response, bool head,
                             bool keep_alive, SteadyClock::time_point started);

  ServerOptions options;
  const Router& router;
  AccessLog access_log;
  tcp::acceptor acceptor;
  bool draining = false;
  int busy = 0;
  std::list<std::pair<beast::tcp_stream*, bool*>> connections;  // with "is idle"
};

asio::awaitable<void> Server::State::Accept() {
  const auto self = shared_from_this();
  while (acceptor.is_open()) {
    boost::system::error_code error;
    tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
    if (error) {
      // Out of descriptors, most likely: wait for some to come back instead of spinning.
      asio::steady_timer pause(acceptor.get_executor(), kPipelinePoll);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (static_cast<int>(connections.size()) >= options.max_connections) continue;
    auto serve = [self](tcp::socket accepted) -> asio::awaitable<void> {
      co_await self->Serve(std::move(accepted));
    };
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), [](const std::exception_ptr& failure) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        spdlog::warn("connection ended: {}", e.what());
      }
    });
  }
}

asio::awaitable<void> Server::State::Serve(tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(kReadBufferBytes);
  bool idle = true;
  const auto entry = connections.emplace(connections.end(), &stream, &idle);
  const std::shared_ptr<void> leave(nullptr, [this, entry](void*) { connections.erase(entry); });
  while (!draining) {
    const bool again = co_await ServeOne(stream, buffer, &idle);
    if (!again) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

// Reads one request and answers it; true when the connection may carry another.
asio::awaitable<bool> Server::State::ServeOne(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                                              bool* idle) {
  bh::request_parser<bh::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
  parser.body_limit(options.max_body_bytes);
  boost::system::error_code error;

  *idle = true;
  if (buffer.size() == 0) {
    stream.expires_after(options.idle_timeout);
    const std::size_t got = co_await stream.async_read_some(buffer.prepare(kFirstReadBytes),
                                                            asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    buffer.commit(got);
  }
  *idle = false;
  const auto started = SteadyClock::now();
  stream.expires_never();
  std::optional<ReadDeadline> reading(std::in_place, stream.socket(), options.header_timeout);
  co_await bh::async_read_header(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  Request request = ToRequest(parser.get().base());
  const bool interrupted = error && !reading->fired();
  if (interrupted && (error == bh::error::end_of_stream || error == asio::error::operation_aborted))
    co_return false;
  std::optional<Refusal> refusal;
  if (error && reading->fired()) {
    refusal = Refusal{408, "request_timeout", "the request header came too slowly"};
  } else if (error == bh::error::header_limit || error == bh::error::buffer_overflow) {
    refusal = Refusal{431, "header_too_large", "the request header is too large"};
  } else if (error == bh::error::body_limit) {
    refusal = Refusal{413, "payload_too_large",
                      "the body is larger than " + std::to_string(options.max_body_bytes) + " bytes"};
  } else if (error && error.category() == make_error_code(bh::error::bad_target).category()) {
    refusal = Refusal{400, "invalid_request", "this is not proper HTTP/1.1"};
  } else if (error) {
    co_return false;
  } else {
    refusal = CheckHeader(parser.get().base(), options.max_body_bytes);
  }

  if (!refusal) {
    if (beast::iequals(parser.get()[bh::field::expect], "100-continue")) {
      bh::response<bh::empty_body> go_on(bh::status::continue_, 11);
      stream.expires_after(options.write_timeout);
      co_await bh::async_write(stream, go_on, asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return false;
    }
    stream.expires_never();
    reading.emplace(stream.socket(), options.body_timeout);
    co_await bh::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error && reading->fired()) {
      refusal = Refusal{408, "request_timeout", "the body came too slowly"};
    } else if (error == bh::error::body_limit) {
      refusal = Refusal{413, "payload_too_large",
                        "the body is larger than " + std::to_string(options.max_body_bytes) + " bytes"};
    } else if (error && error.category() == make_error_code(bh::error::bad_target).category() &&
               error != bh::error::partial_message && error != bh::error::end_of_stream) {
      refusal = Refusal{400, "invalid_request", "the body is not proper HTTP/1.1"};
    } else if (error) {
      co_return false;
    }
  }
  reading.reset();
  const bool head = parser.get().method() == bh::verb::head;
  if (refusal) {
    // What the client meant to follow is not known any more, so the connection ends here.
    Response response = router.Error(request, refusal->status, refusal->code, refusal->message);
    co_await Send(stream, request, std::move(response), head, false, started);
    co_return false;
  }

  const bool wants_more = parser.get().keep_alive();
  request.body = std::move(parser.get().body());
  stream.expires_never();
  ++busy;
  const std::shared_ptr<void> done(nullptr, [this](void*) { --busy; });
  std::optional<Response> response = co_await Handle(stream, request);
  if (!response) {
    access_log({request.method, request.path, request.id, 499, SteadyClock::now() - started,
                request.body.size(), 0});
    co_return false;
  }
  co_return co_await Send(stream, request, std::move(*response), head, wants_more && !draining, started);
}

// Nothing when the client left before the handler was done; the handler is cancelled then.
asio::awaitable<std::optional<Response>> Server::State::Handle(beast::tcp_stream& stream,
                                                               const Request& request) {
  using asio::experimental::awaitable_operators::operator||;
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
  auto outcome = co_await (guarded() || WaitForClose(stream.socket()));
  if (outcome.index() != 0) co_return std::nullopt;
  co_return std::get<0>(std::move(outcome));
}

asio::awaitable<bool> Server::State::Send(beast::tcp_stream& stream, const Request& request,
                                          Response response, bool head, bool keep_alive,
                                          SteadyClock::time_point started) {
  bh::response<bh::string_body> message(static_cast<bh::status>(response.status), 11);
  message.set(bh::field::content_type, response.content_type);
  message.set("X-Request-Id", request.id);
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  const std::size_t bytes = message.body().size();
  if (head) message.body().clear();
  stream.expires_after(options.write_timeout);
  boost::system::error_code error;
  co_await bh::async_write(stream, message, asio::redirect_error(asio::use_awaitable, error));
  access_log({request.method, request.path, request.id, response.status, SteadyClock::now() - started,
              request.body.size(), bytes});
  co_return !error && keep_alive;
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

Result<std::unique_ptr<Server>> Server::Listen(asio::io_context& io, ServerOptions options,
                                               const Router& router, AccessLog access_log) {
  auto state = std::make_shared<State>(io, std::move(options), router, std::move(access_log));
  const std::string where = state->options.host + ":" + std::to_string(state->options.port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(state->options.host, error);
  if (error)
    return vlr::Error{"address_unavailable", "server.host must be an IP address, not " + state->options.host,
                      "server.host"};
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(state->options.port));
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return vlr::Error{"address_unavailable", "cannot listen on " + where + ": " + error.message(),
                      "server.port"};
  asio::co_spawn(io, state->Accept(), asio::detached);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

void Server::Drain() {
  state_->draining = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  for (const auto& [stream, idle] : state_->connections) {
    if (*idle) stream->cancel();
  }
}

int Server::busy_connections() const {
  return state_->busy;
}
int Server::open_connections() const {
  return static_cast<int>(state_->connections.size());
}

}  // namespace vlr::http
