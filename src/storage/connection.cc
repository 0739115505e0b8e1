#include "storage/connection.h"

#include <sys/socket.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <cerrno>
#include <string>
#include <utility>

#include "storage/tls.h"

namespace vlr {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

HttpFailure ConnectFailure(const boost::system::error_code& error) {
  if (error == beast::error::timeout) {
    return {{std::string(kMediaTimeout), "connecting to the server took too long"}, true};
  }
  return {{std::string(kMediaUnreachable), "no connection to the server"}, true};
}

HttpFailure HandshakeFailure(const boost::system::error_code& error, SSL* handle) {
  if (error == beast::error::timeout) {
    return {{std::string(kMediaTimeout), "the TLS handshake took too long"}, true};
  }
  const long verified = SSL_get_verify_result(handle);
  if (verified != X509_V_OK) {
    return {{std::string(kMediaTls), std::string("the server's certificate was refused: ") +
                                         X509_verify_cert_error_string(verified)}};
  }
  return {{std::string(kMediaTls), "the TLS handshake failed"}};
}

}  // namespace

asio::awaitable<HttpResult<std::unique_ptr<Connection>>> Connection::Open(
    const Strand& strand, asio::ssl::context& tls, const Origin& origin,
    const asio::ip::tcp::endpoint& endpoint, SteadyTime deadline) {
  Plain plain(strand);
  plain.expires_at(deadline);
  const auto [connect_error] = co_await plain.async_connect(endpoint, kAwaitTuple);
  if (connect_error) co_return ConnectFailure(connect_error);
  boost::system::error_code ignored;
  plain.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!origin.tls) co_return std::make_unique<Connection>(std::move(plain));

  Tls secure(std::move(plain), tls);
  if (!ExpectTlsHost(secure.native_handle(), origin.host)) {
    co_return HttpFailure{{std::string(kMediaTls), "the host name cannot be used with TLS"}};
  }
  const auto [handshake_error] = co_await secure.async_handshake(asio::ssl::stream_base::client, kAwaitTuple);
  if (handshake_error) co_return HandshakeFailure(handshake_error, secure.native_handle());
  co_return std::make_unique<Connection>(std::move(secure));
}

asio::awaitable<HttpResult<HttpResponse>> Connection::Get(const WireRequest& request,
                                                          const ExchangeLimits& limits, SteadyTime deadline) {
  lowest().expires_at(deadline);
  if (auto* plain = std::get_if<Plain>(&stream_)) co_return co_await Exchange(*plain, request, limits);
  co_return co_await Exchange(std::get<Tls>(stream_), request, limits);
}

bool Connection::IsStillOpen() {
  char byte = 0;
  const int socket = lowest().socket().native_handle();
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Connection::Plain& Connection::lowest() {
  if (auto* plain = std::get_if<Plain>(&stream_)) return *plain;
  return std::get<Tls>(stream_).next_layer();
}

}  // namespace vlr
