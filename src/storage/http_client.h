// GET over the pool: resolve, guard, dial, ask, try again. On the Fetcher's strand only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "storage/address_guard.h"
#include "storage/connection_pool.h"
#include "storage/counters.h"
#include "storage/http_message.h"
#include "storage/options.h"
#include "storage/resolver.h"
#include "storage/strand.h"

namespace vlr {

class HttpClient {
 public:
  struct Parts {
    std::shared_ptr<Resolver> resolver;
    AddressGuard guard;
    std::unique_ptr<boost::asio::ssl::context> tls;
    std::shared_ptr<StorageCounters> counters;
  };

  HttpClient(const Strand& strand, const StorageOptions& options, Parts parts);

  // Any status is a response; redirects are not followed. Failed connects and transient statuses are tried
  // again within the deadline. REQUIRES: the client outlives the call.
  boost::asio::awaitable<Result<HttpResponse>> Get(const HttpRequest& request, std::size_t max_body_bytes,
                                                   SteadyTime deadline);

 private:
  using Addresses = std::vector<boost::asio::ip::address>;
  using Opened = HttpResult<std::unique_ptr<Connection>>;

  boost::asio::awaitable<HttpResult<HttpResponse>> TryOnce(const HttpRequest& request,
                                                           const WireRequest& wire,
                                                           const ExchangeLimits& limits, SteadyTime deadline);
  boost::asio::awaitable<HttpResult<HttpResponse>> Ask(std::unique_ptr<Connection> connection,
                                                       const std::string& pool_key, const WireRequest& wire,
                                                       const ExchangeLimits& limits, SteadyTime deadline);
  boost::asio::awaitable<Opened> Dial(const HttpRequest& request, SteadyTime deadline);
  // Only addresses that may be dialled; never empty in a Result.
  boost::asio::awaitable<HttpResult<Addresses>> AllowedAddresses(const HttpRequest& request,
                                                                 SteadyTime deadline);

  Strand strand_;
  StorageOptions options_;
  Parts parts_;
  ConnectionPool pool_;
};

}  // namespace vlr
