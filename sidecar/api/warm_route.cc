#include "sidecar/api/warm_route.h"

#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "sidecar/api/errors.h"
#include "sidecar/api/warm_body.h"

namespace vlr::api {

namespace asio = boost::asio;

namespace {

// What is done by then is told as it is; the rest is accepted.
constexpr std::chrono::seconds kAnswerAfter{1};

http::Response Accepted(const WarmRequest& request, const std::vector<WarmResult>& results) {
  http::Response response = JsonResponse(WriteWarmResponse(request, results));
  response.status = 202;
  return response;
}

asio::awaitable<http::Response> Warm(Backend& backend, bool has_cache, http::Request& request) {
  if (const auto admitted = backend.Admit(request); !admitted)
    co_return ErrorResponse(admitted.error(), request.id);
  auto read = [&](const json::Value& body) { return ReadWarmRequest(body, backend.defaults()); };
  Result<WarmRequest> parsed = co_await backend.Parse(request, std::move(read));
  if (!parsed) co_return ErrorResponse(parsed.error(), request.id);
  const Result<std::shared_ptr<LoadedModel>> model = backend.models().Find(parsed->model);
  if (!model) co_return ErrorResponse(model.error(), request.id);
  if (!has_cache) {
    const Error none{"cache_disabled", "there is no vision cache: vision_cache.memory_bytes is 0"};
    co_return Accepted(*parsed, std::vector<WarmResult>(parsed->media.size(), Result<WarmOutcome>(none)));
  }
  auto warming = backend.warmer().Warm((*model)->name(), std::move(parsed->media), parsed->preparation,
                                       std::chrono::steady_clock::now() + kAnswerAfter);
  const Result<std::vector<WarmResult>> results = co_await std::move(warming);
  if (!results) co_return ErrorResponse(results.error(), request.id);
  co_return Accepted(*parsed, *results);
}

}  // namespace

void AddWarmRoute(Backend& backend, const Settings& settings, http::Router* router) {
  const VisionCacheOptions& cache = settings.vision_cache;
  const bool has_cache = cache.memory_bytes > 0 || !cache.disk_path.empty();
  router->Add("POST", "/v1/warm",
              [&backend, has_cache](http::Request& request) { return Warm(backend, has_cache, request); });
}

}  // namespace vlr::api
