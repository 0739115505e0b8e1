#include "sidecar/api/tei_routes.h"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "sidecar/api/errors.h"
#include "sidecar/api/tei_body.h"
#include "sidecar/version.h"

namespace vlr::api {

namespace asio = boost::asio;

namespace {

http::Response Refuse(const Error& error, const http::Request& request) {
  return TeiErrorResponse(error, StatusOf(error.code), request.id);
}

asio::awaitable<http::Response> Health(Backend& backend, const http::Request& request) {
  const Result<void> ready = backend.Ready();
  co_return ready ? JsonResponse("{\"status\":\"ready\"}") : Refuse(ready.error(), request);
}

asio::awaitable<http::Response> Info(Backend& backend, const Settings& settings,
                                     const http::Request& request) {
  const auto model = backend.models().Find("");
  if (!model) co_return Refuse(model.error(), request);
  json::Writer out;
  out.BeginObject().Key("model_id").String((*model)->name()).Key("model_sha").Null();
  out.Key("model_dtype").String(NameOf((*model)->dtype())).Key("model_type").BeginObject();
  out.Key("reranker").BeginObject().Key("id2label").BeginObject().Key("0").String("LABEL_0").EndObject();
  out.Key("label2id").BeginObject().Key("LABEL_0").Integer(0).EndObject().EndObject().EndObject();
  const auto integer = [&](const char* key, auto value) {
    out.Key(key).Integer(static_cast<std::int64_t>(value));
  };
  integer("max_concurrent_requests", settings.scheduler.max_queued_requests);
  integer("max_input_length", settings.model.max_length);
  integer("max_batch_tokens", settings.scheduler.batch_tokens);
  out.Key("max_batch_requests").Null();
  integer("max_client_batch_size", settings.server.max_documents);
  out.Key("auto_truncate").Bool(true);
  const int threads = settings.server.cpu_threads;
  integer("tokenization_workers", threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency()));
  out.Key("version").String(kVersion).Key("sha").Null().Key("docker_label").Null().EndObject();
  co_return JsonResponse(out.Take());
}

}  // namespace

void AddTeiRoutes(Backend& backend, const Settings& settings, http::Router* router) {
  for (const char* path : {"/health", "/tei/health"}) {
    router->Add(
        "GET", path, [&](const http::Request& request) { return Health(backend, request); },
        http::Access::kOpen);
  }
  for (const char* path : {"/info", "/tei/info"}) {
    router->Add("GET", path, [&](const http::Request& request) { return Info(backend, settings, request); });
  }
}

}  // namespace vlr::api
