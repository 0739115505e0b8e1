// The sidecar's routes.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <set>

#include "sidecar/api/rerank_body.h"
#include "sidecar/http/router.h"
#include "sidecar/runtime/metrics.h"
#include "sidecar/runtime/model_host.h"
#include "sidecar/runtime/runtime.h"

namespace vlr::api {

// Handlers run on the socket thread. All that is referred to must outlive the service.
class Service {
 public:
  Service(Runtime& runtime, ModelHost& models, const Settings& settings);

  // The table of routes; the service must outlive it.
  const http::Router& router() const { return router_; }
  // Counts and logs one answered request.
  void OnAccess(const http::AccessRecord& record);
  void SetServer(const http::Server* server) { server_ = server; }
  // From then on the server is not ready.
  void StartDraining() { draining_ = true; }
  // Scores a tiny pair every second or so, so that readiness tells whether the model still answers. Ends when
  // cancelled.
  boost::asio::awaitable<void> Probe();

 private:
  boost::asio::awaitable<http::Response> Rerank(const http::Request& request);
  boost::asio::awaitable<http::Response> Ready(const http::Request& request);
  http::Response Status(const http::Request& request) const;
  http::Response Models() const;
  http::Response MetricsPage();
  void AddRoutes();

  Runtime& runtime_;
  ModelHost& models_;
  const Settings settings_;
  const RequestDefaults defaults_;
  http::Router router_;
  std::set<std::string> paths_;
  Metrics metrics_;
  const http::Server* server_ = nullptr;
  bool draining_ = false;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_proof_{};  // when the model was last seen to answer
};

}  // namespace vlr::api
