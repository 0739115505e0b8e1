// An open connection to one origin, plain or TLS. Used on the Fetcher's strand only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <variant>

#include "storage/exchange.h"
#include "storage/strand.h"

namespace vlr {

class Connection {
 public:
  using Plain = boost::beast::tcp_stream;
  using Tls = boost::beast::ssl_stream<Plain>;

  // Connects to exactly `endpoint`; for a TLS origin, shakes hands and verifies the certificate for
  // origin.host. Errors: media_unreachable, media_timeout, media_tls.
  static boost::asio::awaitable<HttpResult<std::unique_ptr<Connection>>> Open(
      const Strand& strand, boost::asio::ssl::context& tls, const Origin& origin,
      const boost::asio::ip::tcp::endpoint& endpoint, SteadyTime deadline);

  explicit Connection(Plain stream) : stream_(std::move(stream)) {}
  explicit Connection(Tls stream) : stream_(std::move(stream)) {}

  boost::asio::awaitable<HttpResult<HttpResponse>> Get(const WireRequest& request,
                                                       const ExchangeLimits& limits, SteadyTime deadline);

  // False when the server has closed an idle connection, or sent something nobody asked for.
  bool IsStillOpen();

 private:
  Plain& lowest();

  std::variant<Plain, Tls> stream_;
};

}  // namespace vlr
