#include "sidecar/api/backend.h"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "sidecar/runtime/liveness.h"

namespace vlr::api {

namespace asio = boost::asio;

namespace {

// Of one medium that is warmed, once its turn has come.
constexpr std::chrono::minutes kWarmTime{10};

RequestDefaults DefaultsFrom(const Settings& settings) {
  RequestDefaults defaults;
  defaults.preparation = DefaultPreparation(settings.model);
  defaults.timeout = settings.server.default_timeout;
  defaults.max_timeout = settings.server.max_timeout;
  defaults.max_documents = static_cast<std::size_t>(settings.server.max_documents);
  defaults.max_media = static_cast<std::size_t>(settings.server.max_media);
  return defaults;
}

bool IsJson(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type.empty() || type.starts_with("application/json") || type.ends_with("+json");
}

}  // namespace

Backend::Backend(Runtime& runtime, ModelHost& models, const Settings& settings)
    : runtime_(runtime),
      models_(models),
      defaults_(DefaultsFrom(settings)),
      warmer_(
          [this](const std::string& model, MediaRef media, MediaKind kind, PreparationOptions preparation) {
            return WarmOne(model, std::move(media), kind, preparation);
          },
          static_cast<std::size_t>(settings.server.max_warming)) {}

Result<void> Backend::Admit(const http::Request& request) const {
  if (!IsJson(request.Header("content-type"))) {
    return Error{"unsupported_media_type", "the body must be application/json"};
  }
  if (draining_) return Error{"draining", "the server is shutting down"};
  return {};
}

asio::awaitable<Result<Scored>> Backend::Rerank(RerankRequest request) {
  const Result<std::shared_ptr<LoadedModel>> model =
      co_await models_.Acquire(request.model, request.deadline);
  if (!model) co_return model.error();
  Result<RerankResponse> response = co_await runtime_.engine().Rerank(*model, std::move(request));
  if (!response) co_return response.error();
  Proven();
  metrics_.OnResponse(*response);
  co_return Scored{std::move(*response), (*model)->name()};
}

asio::awaitable<Result<WarmOutcome>> Backend::WarmOne(std::string model, MediaRef media, MediaKind kind,
                                                      PreparationOptions preparation) {
  // By name: a model that has been unloaded meanwhile is not held for this.
  const Result<std::shared_ptr<LoadedModel>> found = models_.Find(model);
  if (!found) co_return found.error();
  co_return co_await runtime_.engine().Warm(*found, std::move(media), kind, preparation,
                                            std::chrono::steady_clock::now() + kWarmTime);
}

Result<void> Backend::Ready() const {
  if (draining_) return Error{"draining", "the server is shutting down"};
  const Result<std::shared_ptr<LoadedModel>> model = models_.Find("");
  if (!model && models_.on_demand() && !models_.statuses().empty()) return {};  // the first request loads it
  if (!model) return model.error();
  if (!Alive(**model, kReadinessWindow)) {
    return Error{"model_not_loaded",
                 "the model does not answer: more than 5 s, or twice what its work takes"};
  }
  return {};
}

bool Backend::Alive(const LoadedModel& model, std::chrono::nanoseconds window) const {
  return Answers(model.scheduler().stats(), std::max(last_proof_, model.last_forward()), window,
                 std::chrono::steady_clock::now());
}

http::Response JsonResponse(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

http::Response JsonResponse(std::string body, const Timing& timing) {
  http::Response response = JsonResponse(std::move(body));
  response.stages = {
      {"queue", timing.queue}, {"fetch", timing.fetch}, {"decode", timing.decode}, {"model", timing.model}};
  return response;
}

}  // namespace vlr::api
