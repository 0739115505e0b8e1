#include "storage/http_client.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "storage/error_codes.h"
#include "storage/http_status.h"
#include "storage/one_shot.h"

namespace vlr {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// A host with more addresses than this is tried at the first ones only.
constexpr std::size_t kMaxDialled = 8;

// A connection made for an operator's endpoint must never serve a URL that the guard would have refused.
std::string PoolKey(const HttpRequest& request) {
  return (request.trusted ? "trusted " : "guarded ") + request.origin.Key();
}

bool IsWorthAnotherTry(const HttpResult<HttpResponse>& outcome) {
  return outcome ? IsTransient(outcome->status) : outcome.error().transient;
}

}  // namespace

HttpClient::HttpClient(const Strand& strand, const StorageOptions& options, Parts parts)
    : strand_(strand),
      options_(options),
      parts_(std::move(parts)),
      pool_(strand, {options.max_connections_per_host, options.max_idle_connections, options.idle_timeout}) {}

asio::awaitable<Result<HttpResponse>> HttpClient::Get(const HttpRequest& request, std::size_t max_body_bytes,
                                                      SteadyTime deadline) {
  const WireRequest wire = MakeWireRequest(request);
  const ExchangeLimits limits{max_body_bytes, options_.max_header_bytes};
  auto pause = options_.retry_backoff;
  for (int tries_left = options_.max_retries;; --tries_left) {
    HttpResult<HttpResponse> outcome = co_await TryOnce(request, wire, limits, deadline);
    const bool again = tries_left > 0 && IsWorthAnotherTry(outcome) && steady_clock::now() + pause < deadline;
    if (!again) {
      if (!outcome) co_return outcome.error().error;
      co_return std::move(*outcome);
    }
    asio::steady_timer timer(strand_, pause);
    co_await timer.async_wait(kAwaitTuple);
    pause *= 2;
  }
}

asio::awaitable<HttpResult<HttpResponse>> HttpClient::TryOnce(const HttpRequest& request,
                                                              const WireRequest& wire,
                                                              const ExchangeLimits& limits,
                                                              SteadyTime deadline) {
  const std::string key = PoolKey(request);
  const auto slot = co_await pool_.Acquire(key, deadline);
  if (!slot) co_return HttpFailure{slot.error()};
  if (auto idle = pool_.TakeIdle(key)) {
    HttpResult<HttpResponse> outcome = co_await Ask(std::move(idle), key, wire, limits, deadline);
    // The server may close an idle connection just as the request goes out: that says nothing about the
    // object.
    const bool went_stale = !outcome && outcome.error().transient && !outcome.error().response_began;
    if (!went_stale) co_return outcome;
  }
  Opened opened = co_await Dial(request, deadline);
  if (!opened) co_return opened.error();
  co_return co_await Ask(std::move(*opened), key, wire, limits, deadline);
}

asio::awaitable<HttpResult<HttpResponse>> HttpClient::Ask(std::unique_ptr<Connection> connection,
                                                          const std::string& pool_key,
                                                          const WireRequest& wire,
                                                          const ExchangeLimits& limits, SteadyTime deadline) {
  ++parts_.counters->http_requests;
  HttpResult<HttpResponse> outcome = co_await connection->Get(wire, limits, deadline);
  if (outcome) {
    parts_.counters->network_bytes += outcome->body.size();
    if (outcome->keep_alive) pool_.PutIdle(pool_key, std::move(connection));
  }
  co_return outcome;
}

asio::awaitable<HttpClient::Opened> HttpClient::Dial(const HttpRequest& request, SteadyTime deadline) {
  deadline = std::min(deadline, steady_clock::now() + options_.connect_timeout);
  const auto addresses = co_await AllowedAddresses(request, deadline);
  if (!addresses) co_return addresses.error();
  const std::size_t count = std::min(addresses->size(), kMaxDialled);
  Opened opened = HttpFailure{};
  for (std::size_t i = 0; i < count; ++i) {
    // An address that does not answer leaves their share of the time to those after it.
    const auto now = steady_clock::now();
    const auto share = now + (deadline - now) / static_cast<int>(count - i);
    const asio::ip::tcp::endpoint endpoint((*addresses)[i], request.origin.port);
    opened = co_await Connection::Open(strand_, *parts_.tls, request.origin, endpoint, share);
    if (opened) {
      ++parts_.counters->connections;
      break;
    }
  }
  co_return opened;
}

asio::awaitable<HttpResult<HttpClient::Addresses>> HttpClient::AllowedAddresses(const HttpRequest& request,
                                                                                SteadyTime deadline) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(request.origin.host, not_literal);
  Addresses found{literal};
  if (not_literal) {
    const auto answer = std::make_shared<OneShot<Result<Addresses>>>(strand_);
    parts_.resolver->Resolve(request.origin.host,
                             [answer](Result<Addresses> addresses) { answer->Set(std::move(addresses)); });
    auto resolved = co_await answer->Wait(deadline);
    if (!resolved) {
      co_return HttpFailure{{std::string(kMediaTimeout), "resolving the host name took too long"}, true};
    }
    if (!*resolved) co_return HttpFailure{resolved->error()};
    found = std::move(**resolved);
  }
  if (!request.trusted) {
    std::erase_if(found, [&](const auto& address) { return !parts_.guard.Allows(request.origin, address); });
  }
  if (found.empty()) {
    co_return HttpFailure{
        {std::string(kMediaForbidden), "the URL's host is at an address that is not allowed"}};
  }
  co_return found;
}

}  // namespace vlr
