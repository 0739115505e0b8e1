#include "sidecar/http/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "sidecar/http/connection.h"

namespace vlr::http {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kAcceptPause{250};

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::io_context& io, ConnectionContext shared)
      : context(std::make_shared<ConnectionContext>(std::move(shared))), acceptor(io) {}

  asio::awaitable<void> Accept();

  std::shared_ptr<ConnectionContext> context;
  tcp::acceptor acceptor;
  std::list<Connection> connections;
};

asio::awaitable<void> Server::State::Accept() {
  const auto self = shared_from_this();
  while (acceptor.is_open()) {
    boost::system::error_code error;
    tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
    if (error) {
      // Out of descriptors, most likely: wait for some to come back instead of spinning.
      asio::steady_timer pause(acceptor.get_executor(), kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (static_cast<int>(connections.size()) >= context->options.max_connections) continue;
    const auto connection = connections.emplace(connections.end(), context, std::move(socket));
    // By then nothing refers to the connection any more.
    auto ended = [self, connection](const std::exception_ptr& failure) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        spdlog::warn("connection ended: {}", e.what());
      }
      self->connections.erase(connection);
    };
    asio::co_spawn(acceptor.get_executor(), connection->Run(),
                   asio::bind_cancellation_slot(connection->leaves(), std::move(ended)));
  }
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

Result<std::unique_ptr<Server>> Server::Listen(asio::io_context& io, ServerOptions options,
                                               const Router& router, AccessLog access_log) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) {
    return vlr::Error{"address_unavailable",
                      options.section + ".host must be an IP address, not " + options.host,
                      options.section + ".host"};
  }
  const std::string where = options.host + ":" + std::to_string(options.port);
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port));
  const std::string section = options.section;
  auto state = std::make_shared<State>(
      io, ConnectionContext{std::move(options), router, std::move(access_log), nullptr, nullptr, Cors()});
  tcp::acceptor& acceptor = state->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return vlr::Error{"address_unavailable", "cannot listen on " + where + ": " + error.message(),
                      section + ".port"};
  }
  asio::co_spawn(io, state->Accept(), asio::detached);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

void Server::SetTls(std::shared_ptr<asio::ssl::context> tls) {
  state_->context->tls = std::move(tls);
}
void Server::SetGate(Gate gate) {
  state_->context->gate = std::move(gate);
}
void Server::SetCors(Cors cors) {
  state_->context->cors = std::move(cors);
}

int Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

void Server::Drain() {
  state_->context->draining = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  for (Connection& connection : state_->connections) {
    if (connection.idle()) connection.Cancel();
  }
}

int Server::busy_connections() const {
  return state_->context->busy;
}
int Server::open_connections() const {
  return static_cast<int>(state_->connections.size());
}

}  // namespace vlr::http
