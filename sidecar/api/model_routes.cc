#include "sidecar/api/model_routes.h"

#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "sidecar/api/errors.h"
#include "sidecar/api/field_reader.h"

namespace vlr::api {

namespace asio = boost::asio;

namespace {

struct LoadRequest {
  std::string name;
  std::string path;
  std::optional<DType> dtype;
  std::string device;
};

LoadRequest ReadLoad(const json::Value& body) {
  FieldReader fields(body, "");
  LoadRequest load;
  load.name = fields.String("name").value_or("");
  load.path = fields.String("path").value_or("");
  load.device = fields.String("device").value_or("");
  if (const auto name = fields.String("dtype")) {
    const auto dtype = ParseDType(*name);
    if (!dtype) Refuse("dtype", dtype.error().message);
    load.dtype = *dtype;
  }
  fields.RefuseOthers();
  if (load.name.empty() && load.path.empty()) Refuse("name", "or path must be given");
  return load;
}

http::Response Accepted(const std::string& name) {
  json::Writer out;
  out.BeginObject().Key("name").String(name).EndObject();
  http::Response response = JsonResponse(out.Take());
  response.status = 202;
  return response;
}

asio::awaitable<http::Response> Load(Backend& backend, const Settings& settings, http::Request& request) {
  if (const auto admitted = backend.Admit(request); !admitted)
    co_return ErrorResponse(admitted.error(), request.id);
  Result<LoadRequest> parsed = co_await backend.Parse(request, ReadLoad);
  if (!parsed) co_return ErrorResponse(parsed.error(), request.id);
  LoadedModelOptions options = BaseModelOptions(settings, backend.runtime());
  if (parsed->path.empty()) {
    const auto known = backend.models().OptionsOf(parsed->name);
    if (!known) co_return ErrorResponse(known.error(), request.id);
    options = *known;
  } else {
    options.name = parsed->name;
    options.directory = parsed->path;
  }
  if (parsed->dtype) options.dtype = *parsed->dtype;
  if (!parsed->device.empty()) options.device = parsed->device;
  const std::string name = ModelNameFor(options);
  const auto started = backend.models().StartLoading(std::move(options));
  co_return started ? Accepted(name) : ErrorResponse(started.error(), request.id);
}

asio::awaitable<http::Response> Unload(Backend& backend, http::Request& request) {
  if (const auto admitted = backend.Admit(request); !admitted)
    co_return ErrorResponse(admitted.error(), request.id);
  auto read = [](const json::Value& body) {
    FieldReader fields(body, "");
    const std::string name = fields.String("name").value_or("");
    if (name.empty()) Refuse("name", "is missing");
    fields.RefuseOthers();
    return name;
  };
  const Result<std::string> name = co_await backend.Parse(request, std::move(read));
  if (!name) co_return ErrorResponse(name.error(), request.id);
  const auto unloaded = backend.models().Unload(*name);
  co_return unloaded ? Accepted(*name) : ErrorResponse(unloaded.error(), request.id);
}

}  // namespace

void AddModelRoutes(Backend& backend, const Settings& settings, http::Router* router) {
  router->Add(
      "POST", "/v1/model/load", [&](http::Request& request) { return Load(backend, settings, request); },
      http::Access::kAdmin);
  router->Add(
      "POST", "/v1/model/unload", [&](http::Request& request) { return Unload(backend, request); },
      http::Access::kAdmin);
}

}  // namespace vlr::api
