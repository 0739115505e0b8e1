#include "sidecar/api/service.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "base/json.h"
#include "sidecar/api/errors.h"
#include "sidecar/api/locate_route.h"
#include "sidecar/api/model_routes.h"
#include "sidecar/api/openapi.h"
#include "sidecar/api/scoring_routes.h"
#include "sidecar/api/tei_routes.h"
#include "sidecar/api/warm_route.h"
#include "sidecar/runtime/logging.h"
#include "sidecar/version.h"

namespace vlr::api {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kProbeInterval{1500};

http::Response ErrorPage(const http::Request& request, int status, const std::string& code,
                         const std::string& message) {
  const Schema& schema = request.path.starts_with("/tei/") ? kTeiSchema : kNativeSchema;
  return schema.refuse(Error{code, message}, status, request.id);
}

RerankRequest ProbeRequest() {
  RerankRequest request;
  request.query.texts = {"a"};
  request.documents.resize(1);
  request.documents[0].texts = {"b"};
  request.deadline = SteadyClock::now() + kReadinessWindow;
  return request;
}

}  // namespace

Service::Service(Runtime& runtime, ModelHost& models, const Settings& settings)
    : settings_(settings),
      backend_(runtime, models, settings),
      router_(ErrorPage),
      operations_router_(ErrorPage) {
  AddRoutes();
}

void Service::AddRoutes() {
  const auto add = [this](const char* method, const char* path, http::Handler handler,
                          http::Access access = http::Access::kScore) {
    router_.Add(method, path, std::move(handler), access);
  };
  const auto simple = [](auto make) -> http::Handler {
    return
        [make](const http::Request& request) -> asio::awaitable<http::Response> { co_return make(request); };
  };
  AddScoringRoutes(backend_, &router_);
  AddLocateRoute(backend_, &router_);
  AddWarmRoute(backend_, settings_, &router_);
  AddModelRoutes(backend_, settings_, &router_);
  AddTeiRoutes(backend_, settings_, &router_);
  const http::Handler live =
      simple([](const http::Request&) { return JsonResponse("{\"status\":\"live\"}"); });
  const http::Handler ready = [this](const http::Request& request) { return Ready(request); };
  const http::Handler metrics = simple([this](const http::Request&) { return MetricsPage(); });
  add("GET", "/health/live", live, http::Access::kOpen);
  add("GET", "/health/ready", ready, http::Access::kOpen);
  operations_router_.Add("GET", "/health/live", live);
  operations_router_.Add("GET", "/health/ready", ready);
  operations_router_.Add("GET", "/metrics", metrics);
  if (settings_.server.operations.host.empty()) add("GET", "/metrics", metrics);
  add("GET", "/v1/models", simple([this](const http::Request&) { return Models(); }));
  add("GET", "/v1/status", simple([this](const http::Request& request) { return Status(request); }));
  add("GET", "/openapi.json",
      simple([](const http::Request&) { return JsonResponse(std::string(OpenApiDocument())); }),
      http::Access::kOpen);
}

void Service::OnAccess(const http::AccessRecord& record) {
  const std::string route = router_.Has(record.path) ? record.path : "other";
  const LogSettings& log = live_->log();
  backend_.metrics().OnRequest(record, route, IsSlow(record, log));
  const auto& scoring = ScoringPaths();
  LogAccess(record, route, std::find(scoring.begin(), scoring.end(), record.path) != scoring.end(), log);
}

bool Service::AnsweredWithin(SteadyClock::duration time) const {
  const auto model = backend_.models().Find("");
  return !model || backend_.Alive(**model, time);
}

asio::awaitable<http::Response> Service::Ready(const http::Request& request) {
  const Result<void> ready = backend_.Ready();
  co_return ready ? JsonResponse("{\"status\":\"ready\"}") : ErrorResponse(ready.error(), request.id);
}

asio::awaitable<void> Service::Probe() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    const Result<std::shared_ptr<LoadedModel>> model = backend_.models().Find("");
    if (model) {
      // Batches of real requests are proof enough; only an idle model is asked.
      bool proven = SteadyClock::now() - (*model)->scheduler().stats().last_answer < kProbeInterval;
      if (!proven) {
        const auto scored = co_await backend_.runtime().engine().Rerank(*model, ProbeRequest());
        proven = scored.has_value();
      }
      if (proven) backend_.Proven();
    }
    boost::system::error_code error;
    timer.expires_after(kProbeInterval);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

http::Response Service::Models() const {
  json::Writer out;
  out.BeginObject().Key("object").String("list").Key("data").BeginArray();
  for (const ModelStatus& status : backend_.models().statuses()) {
    if (!backend_.models().Find(status.name)) continue;
    out.BeginObject()
        .Key("id")
        .String(status.name)
        .Key("object")
        .String("model")
        .Key("owned_by")
        .String("vl-rerank");
    out.EndObject();
  }
  out.EndArray().EndObject();
  return JsonResponse(out.Take());
}

http::Response Service::Status(const http::Request&) const {
  const Result<std::shared_ptr<LoadedModel>> model = backend_.models().Find("");
  const SchedulerStats queue = model ? (*model)->scheduler().stats() : SchedulerStats{};
  const FetchCounters fetches = backend_.runtime().fetcher().counters();
  json::Writer out;
  out.BeginObject().Key("models").BeginArray();
  for (const ModelStatus& status : backend_.models().statuses()) {
    out.BeginObject().Key("name").String(status.name).Key("state").String(NameOf(status.state));
    out.Key("progress").Double(status.progress);
    if (status.error) out.Key("error").String(status.error->message);
    out.Key("dtype").String(status.dtype).Key("device").String(status.device);
    out.Key("bytes").Integer(status.bytes).EndObject();
  }
  out.EndArray();
  const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
  out.Key("queue").BeginObject().Key("requests").Integer(integer(queue.queued_requests));
  out.Key("tokens").Integer(queue.queued_tokens).Key("limit").Integer(settings_.scheduler.max_queued_tokens);
  out.EndObject();
  out.Key("cache").BeginObject().Key("object_bytes").Integer(integer(fetches.cache_bytes));
  out.Key("object_limit_bytes").Integer(integer(settings_.storage.cache_bytes));
  out.Key("object_hits").Integer(integer(fetches.cache_hits));
  out.Key("object_misses").Integer(integer(fetches.cache_misses));
  const VisionCacheStats vision = backend_.runtime().vision_cache()->stats();
  out.Key("vision_entries")
      .Integer(integer(vision.entries))
      .Key("vision_bytes")
      .Integer(integer(vision.bytes));
  out.Key("vision_limit_bytes").Integer(integer(settings_.vision_cache.memory_bytes));
  out.Key("vision_hits").Integer(integer(vision.device_hits + vision.memory_hits + vision.disk_hits));
  out.Key("vision_misses").Integer(integer(vision.misses));
  out.Key("vision_disk_entries").Integer(integer(vision.disk.entries));
  out.Key("vision_disk_bytes").Integer(integer(vision.disk.bytes));
  out.Key("vision_disk_limit_bytes").Integer(integer(settings_.vision_cache.disk_bytes));
  out.Key("vision_disk_corrupt").Integer(integer(vision.disk.corrupt)).EndObject();
  out.Key("limits").BeginObject().Key("max_body_bytes").Integer(integer(settings_.server.max_body_bytes));
  out.Key("max_documents").Integer(settings_.server.max_documents);
  out.Key("max_media").Integer(settings_.server.max_media);
  out.Key("max_media_bytes").Integer(integer(settings_.media.preparer.max_media_bytes));
  out.Key("max_length").Integer(settings_.model.max_length);
  out.Key("max_timeout_ms").Integer(settings_.server.max_timeout.count()).EndObject();
  out.Key("uptime_s").Double(std::chrono::duration<double>(SteadyClock::now() - started_).count());
  out.Key("version").String(kVersion).EndObject();
  return JsonResponse(out.Take());
}

http::Response Service::MetricsPage() {
  const Runtime& runtime = backend_.runtime();
  MetricsSnapshot now;
  now.ready = backend_.Ready().has_value();
  for (const ModelStatus& status : backend_.models().statuses()) {
    const auto model = backend_.models().Find(status.name);
    if (!model) continue;
    now.models.push_back({status.name, (*model)->scheduler().stats()});
    for (const std::string& device : (*model)->devices()) {
      if (const auto gpu = ReadGpuMemory(device)) now.gpus.emplace(device, *gpu);
    }
  }
  now.batch_token_limit = settings_.scheduler.batch_tokens;
  now.decoders = runtime.decoders().stats();
  now.decoder_workers = settings_.media.workers;
  now.fetches = runtime.fetcher().counters();
  now.vision = runtime.vision_cache()->stats();
  now.warm = backend_.warmer().stats();
  now.open_connections = server_->open_connections();
  now.certificate_valid_until = live_->certificate_valid_until();
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = backend_.metrics().Expose(now);
  return response;
}

}  // namespace vlr::api
