// What the routes share: who may be served now, the model that answers, and the proof that it still does.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "base/json.h"
#include "rerank/run_on.h"
#include "rerank/warmer.h"
#include "sidecar/api/scoring_request.h"
#include "sidecar/http/message.h"
#include "sidecar/runtime/metrics.h"
#include "sidecar/runtime/model_host.h"
#include "sidecar/runtime/runtime.h"

namespace vlr::api {

// A model that has answered within this time is taken to be alive.
inline constexpr std::chrono::seconds kReadinessWindow{5};

struct Scored {
  RerankResponse response;
  std::string model;
};

// Used on the socket thread. All that is referred to must outlive it.
class Backend {
 public:
  Backend(Runtime& runtime, ModelHost& models, const Settings& settings);

  // Errors: "unsupported_media_type" for a body that is not JSON, "draining".
  Result<void> Admit(const http::Request& request) const;
  // Parses the body as JSON, which it takes, and reads it by `read`, off the socket thread unless it is
  // small. Errors: "invalid_json" and what `read` throws as ErrorException.
  template <class Read>
  boost::asio::awaitable<Result<std::invoke_result_t<Read, const json::Value&>>> Parse(http::Request& request,
                                                                                       Read read) {
    using Parsed = std::invoke_result_t<Read, const json::Value&>;
    static_assert(json::Document::kSlack <= http::kBodySlack, "no copy of the body");
    const std::size_t bytes = request.body.size();
    auto parse = [&]() -> Result<Parsed> {
      const auto document = json::Document::ParseInPlace(std::move(request.body), {.max_bytes = bytes});
      if (!document) return document.error();
      try {
        return read(document->root());
      } catch (const ErrorException& refusal) {
        return refusal.error();
      }
    };
    if (bytes <= kSmallBody) co_return parse();
    co_return co_await RunOn(runtime_.pool(), std::move(parse));
  }
  // Scores by the model that the request names. Errors: ModelHost::Find's and Engine::Rerank's.
  boost::asio::awaitable<Result<Scored>> Rerank(RerankRequest request);

  // Whether a request would be served now. Errors: "draining", "model_not_loaded" (also when the loaded one
  // has not answered for some seconds).
  Result<void> Ready() const;

  // Whether the model has answered within that time, or works on what takes longer.
  bool Alive(const LoadedModel& model, std::chrono::nanoseconds window) const;
  // A model has answered: one that takes another's place is taken to be alive for a while.
  void Proven() { last_proof_ = std::chrono::steady_clock::now(); }
  // From then on nothing is admitted.
  void StartDraining() {
    draining_ = true;
    warmer_.Stop();
  }
  bool draining() const { return draining_; }

  Runtime& runtime() const { return runtime_; }
  ModelHost& models() const { return models_; }
  Warmer& warmer() { return warmer_; }
  const Warmer& warmer() const { return warmer_; }
  Metrics& metrics() { return metrics_; }
  const RequestDefaults& defaults() const { return defaults_; }

 private:
  // Read in less time than another thread takes to wake up.
  static constexpr std::size_t kSmallBody = 64 << 10;

  boost::asio::awaitable<Result<WarmOutcome>> WarmOne(std::string model, MediaRef media, MediaKind kind,
                                                      PreparationOptions preparation);

  Runtime& runtime_;
  ModelHost& models_;
  const RequestDefaults defaults_;
  Warmer warmer_;
  Metrics metrics_;
  bool draining_ = false;
  std::chrono::steady_clock::time_point last_proof_{};
};

// A 200 with that JSON text.
http::Response JsonResponse(std::string body);
// The same, with where its time went for the log.
http::Response JsonResponse(std::string body, const Timing& timing);

}  // namespace vlr::api
