#include "sidecar/api/service.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "base/json.h"
#include "rerank/run_on.h"
#include "sidecar/api/errors.h"
#include "sidecar/version.h"

namespace vlr::api {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kReadinessWindow{5};
constexpr std::chrono::milliseconds kProbeInterval{1500};

RequestDefaults DefaultsFrom(const Settings& settings) {
  RequestDefaults defaults;
  defaults.preparation = DefaultPreparation(settings.model);
  defaults.timeout = settings.server.default_timeout;
  defaults.max_timeout = settings.server.max_timeout;
  defaults.max_documents = static_cast<std::size_t>(settings.server.max_documents);
  defaults.max_media = static_cast<std::size_t>(settings.server.max_media);
  return defaults;
}

http::Response ErrorPage(const http::Request& request, int status, const std::string& code,
                         const std::string& message) {
  return ErrorResponse(Error{code, message}, status, request.id);
}

http::Response Json(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

bool IsJson(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type.empty() || type.starts_with("application/json") || type.ends_with("+json");
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
    : runtime_(runtime),
      models_(models),
      settings_(settings),
      defaults_(DefaultsFrom(settings)),
      router_(ErrorPage) {
  AddRoutes();
}

void Service::AddRoutes() {
  const auto add = [this](const char* method, const char* path, http::Handler handler) {
    paths_.insert(path);
    router_.Add(method, path, std::move(handler));
  };
  const auto simple = [](auto make) -> http::Handler {
    return
        [make](const http::Request& request) -> asio::awaitable<http::Response> { co_return make(request); };
  };
  for (const char* path : {"/v1/rerank", "/rerank"}) {
    add("POST", path, [this](const http::Request& request) { return Rerank(request); });
  }
  add("GET", "/health/live", simple([](const http::Request&) { return Json("{\"status\":\"live\"}"); }));
  add("GET", "/health/ready", [this](const http::Request& request) { return Ready(request); });
  add("GET", "/v1/models", simple([this](const http::Request&) { return Models(); }));
  add("GET", "/v1/status", simple([this](const http::Request& request) { return Status(request); }));
  add("GET", "/metrics", simple([this](const http::Request&) { return MetricsPage(); }));
}

void Service::OnAccess(const http::AccessRecord& record) {
  metrics_.OnRequest(record, paths_.contains(record.path));
  const double milliseconds = std::chrono::duration<double, std::milli>(record.duration).count();
  const auto level = record.status >= 500                                      ? spdlog::level::warn
                     : record.path == "/v1/rerank" || record.path == "/rerank" ? spdlog::level::info
                                                                               : spdlog::level::debug;
  spdlog::log(level, "request id={} method={} path={} status={} ms={:.1f} in={} out={}", record.request_id,
              record.method, paths_.contains(record.path) ? record.path : "other", record.status,
              milliseconds, record.request_bytes, record.response_bytes);
}

asio::awaitable<http::Response> Service::Rerank(const http::Request& request) {
  if (!IsJson(request.Header("content-type"))) {
    co_return ErrorResponse(Error{"unsupported_media_type", "the body must be application/json"}, request.id);
  }
  if (draining_) co_return ErrorResponse(Error{"draining", "the server is shutting down"}, request.id);
  auto parse = [&]() -> Result<NativeRequest> { return ParseNativeRequest(request.body, defaults_); };
  Result<NativeRequest> parsed = co_await RunOn(runtime_.pool(), std::move(parse));
  if (!parsed) co_return ErrorResponse(parsed.error(), request.id);
  const Result<std::shared_ptr<LoadedModel>> model = models_.Find(parsed->rerank.model);
  if (!model) co_return ErrorResponse(model.error(), request.id);

  RerankRequest rerank = std::move(parsed->rerank);
  const Result<RerankResponse> response = co_await runtime_.engine().Rerank(*model, std::move(rerank));
  if (!response) co_return ErrorResponse(response.error(), request.id);
  last_proof_ = SteadyClock::now();
  metrics_.OnResponse(*response);
  co_return Json(WriteNativeResponse(*parsed, *response, request.id, (*model)->name()));
}

asio::awaitable<http::Response> Service::Ready(const http::Request& request) {
  if (draining_) co_return ErrorResponse(Error{"draining", "the server is shutting down"}, request.id);
  const Result<std::shared_ptr<LoadedModel>> model = models_.Find("");
  if (!model) co_return ErrorResponse(model.error(), request.id);
  if (SteadyClock::now() - last_proof_ > kReadinessWindow) {
    co_return ErrorResponse(Error{"model_not_loaded", "the model has not answered for more than 5 s"},
                            request.id);
  }
  co_return Json("{\"status\":\"ready\"}");
}

asio::awaitable<void> Service::Probe() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::uint64_t batches = 0;
  while (true) {
    const Result<std::shared_ptr<LoadedModel>> model = models_.Find("");
    if (model) {
      const std::uint64_t now = (*model)->scheduler().stats().batches;
      // Batches of real requests are proof enough; only an idle model is asked.
      if (std::exchange(batches, now) == now || last_proof_ == SteadyClock::time_point{}) {
        const Result<RerankResponse> scored = co_await runtime_.engine().Rerank(*model, ProbeRequest());
        if (scored) last_proof_ = SteadyClock::now();
        batches = (*model)->scheduler().stats().batches;
      } else {
        last_proof_ = SteadyClock::now();
      }
    }
    boost::system::error_code error;
    timer.expires_after(kProbeInterval);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

http::Response Service::Models() const {
  const ModelStatus status = models_.status();
  json::Writer out;
  out.BeginObject().Key("object").String("list").Key("data").BeginArray();
  if (status.state == ModelState::kReady) {
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
  return Json(out.Take());
}

http::Response Service::Status(const http::Request&) const {
  const ModelStatus status = models_.status();
  const Result<std::shared_ptr<LoadedModel>> model = models_.Find("");
  const SchedulerStats queue = model ? (*model)->scheduler().stats() : SchedulerStats{};
  const FetchCounters fetches = runtime_.fetcher().counters();
  json::Writer out;
  out.BeginObject().Key("models").BeginArray();
  if (!status.device.empty()) {
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
  out.Key("object_misses").Integer(integer(fetches.cache_misses)).EndObject();
  out.Key("limits").BeginObject().Key("max_body_bytes").Integer(integer(settings_.server.max_body_bytes));
  out.Key("max_documents").Integer(settings_.server.max_documents);
  out.Key("max_media").Integer(settings_.server.max_media);
  out.Key("max_media_bytes").Integer(integer(settings_.media.preparer.max_media_bytes));
  out.Key("max_length").Integer(settings_.model.max_length);
  out.Key("max_timeout_ms").Integer(settings_.server.max_timeout.count()).EndObject();
  out.Key("uptime_s").Double(std::chrono::duration<double>(SteadyClock::now() - started_).count());
  out.Key("version").String(kVersion).EndObject();
  return Json(out.Take());
}

http::Response Service::MetricsPage() {
  const Result<std::shared_ptr<LoadedModel>> model = models_.Find("");
  std::optional<SchedulerStats> queue;
  if (model) queue = (*model)->scheduler().stats();
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body =
      metrics_.Expose(queue ? &*queue : nullptr, runtime_.decoders().stats(), runtime_.fetcher().counters(),
                      server_ == nullptr ? 0 : server_->open_connections());
  return response;
}

}  // namespace vlr::api
