#include "sidecar/api/locate_route.h"

#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "sidecar/api/errors.h"
#include "sidecar/api/locate_body.h"

namespace vlr::api {

namespace asio = boost::asio;

namespace {

asio::awaitable<http::Response> Locate(Backend& backend, http::Request& request) {
  if (const auto admitted = backend.Admit(request); !admitted)
    co_return ErrorResponse(admitted.error(), request.id);
  auto read = [&](const json::Value& body) { return ReadLocateRequest(body, backend.defaults()); };
  Result<LocateRequest> parsed = co_await backend.Parse(request, std::move(read));
  if (!parsed) co_return ErrorResponse(parsed.error(), request.id);
  const Result<std::shared_ptr<LoadedModel>> model =
      co_await backend.models().Acquire(parsed->rerank.model, parsed->rerank.deadline);
  if (!model) co_return ErrorResponse(model.error(), request.id);
  const Result<LocateResponse> response =
      co_await backend.runtime().locator().Locate(*model, std::move(*parsed));
  if (!response) co_return ErrorResponse(response.error(), request.id);
  backend.Proven();
  backend.metrics().OnScored(response->windows, response->usage, response->timing);
  co_return JsonResponse(WriteLocateResponse(*response, request.id, (*model)->name()), response->timing);
}

}  // namespace

void AddLocateRoute(Backend& backend, http::Router* router) {
  router->Add("POST", "/v1/locate", [&backend](http::Request& request) { return Locate(backend, request); });
}

}  // namespace vlr::api
