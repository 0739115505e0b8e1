#include "sidecar/api/scoring_routes.h"

#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "rerank/when_all.h"
#include "sidecar/api/errors.h"
#include "sidecar/api/score_body.h"

namespace vlr::api {

namespace asio = boost::asio;

namespace {

using SchemaOf = const Schema& (*)(const json::Value& body);

// A route: its path and how the schema of a body is told.
struct Route {
  const char* path;
  SchemaOf schema_of;
  const Schema& fallback;  // of bodies that are not even JSON
};

const std::vector<Route>& Routes() {
  static const SchemaOf cohere = [](const json::Value&) -> const Schema& { return kCohereSchema; };
  static const SchemaOf tei = [](const json::Value&) -> const Schema& { return kTeiSchema; };
  static const SchemaOf infinity = [](const json::Value&) -> const Schema& { return kInfinitySchema; };
  static const std::vector<Route> routes = {{"/v1/rerank", NativeOrTei, kNativeSchema},
                                            {"/rerank", NativeOrTei, kNativeSchema},
                                            {"/v2/rerank", cohere, kCohereSchema},
                                            {"/tei/rerank", tei, kTeiSchema},
                                            {"/infinity/rerank", infinity, kInfinitySchema}};
  return routes;
}

constexpr const char* kScorePaths[] = {"/score", "/v1/score"};

asio::awaitable<http::Response> Rerank(Backend& backend, const Route& route, http::Request& request) {
  const Schema* schema = &route.fallback;
  const auto refuse = [&](const Error& error) {
    return schema->refuse(error, StatusOf(error.code), request.id);
  };
  if (const auto admitted = backend.Admit(request); !admitted) co_return refuse(admitted.error());
  auto read = [&](const json::Value& body) {
    schema = &route.schema_of(body);
    return schema->read(body, backend.defaults());
  };
  Result<ScoringRequest> parsed = co_await backend.Parse(request, std::move(read));
  if (!parsed) co_return refuse(parsed.error());
  RerankRequest rerank = std::move(parsed->rerank);
  const Result<Scored> scored = co_await backend.Rerank(std::move(rerank));
  if (!scored) co_return refuse(scored.error());
  co_return JsonResponse(schema->write(*parsed, scored->response, request.id, scored->model),
                         scored->response.timing);
}

asio::awaitable<http::Response> Score(Backend& backend, http::Request& request) {
  if (const auto admitted = backend.Admit(request); !admitted)
    co_return ErrorResponse(admitted.error(), request.id);
  auto read = [&](const json::Value& body) { return ReadScoreRequest(body, backend.defaults()); };
  Result<ScoreRequest> parsed = co_await backend.Parse(request, std::move(read));
  if (!parsed) co_return ErrorResponse(parsed.error(), request.id);

  std::vector<std::optional<Result<Scored>>> outcomes(parsed->parts.size());
  auto one = [&](std::size_t i) -> asio::awaitable<void> {
    RerankRequest part = std::move(parsed->parts[i]);
    outcomes[i] = co_await backend.Rerank(std::move(part));
  };
  std::vector<asio::awaitable<void>> tasks;
  for (std::size_t i = 0; i < outcomes.size(); ++i) tasks.push_back(one(i));
  co_await WhenAll(std::move(tasks));

  std::vector<RerankResponse> responses;
  for (auto& outcome : outcomes) {
    if (!*outcome) co_return ErrorResponse(outcome->error(), request.id);
    responses.push_back(std::move((*outcome)->response));
  }
  const std::string model = outcomes.empty() ? "" : (*outcomes.front())->model;
  co_return JsonResponse(WriteScoreResponse(responses, request.id, model));
}

}  // namespace

const std::vector<std::string>& ScoringPaths() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> all(std::begin(kScorePaths), std::end(kScorePaths));
    for (const Route& route : Routes()) all.emplace_back(route.path);
    return all;
  }();
  return paths;
}

void AddScoringRoutes(Backend& backend, http::Router* router) {
  for (const Route& route : Routes()) {
    router->Add("POST", route.path,
                [&backend, &route](http::Request& request) { return Rerank(backend, route, request); });
  }
  for (const char* path : kScorePaths) {
    router->Add("POST", path, [&backend](http::Request& request) { return Score(backend, request); });
  }
}

}  // namespace vlr::api
