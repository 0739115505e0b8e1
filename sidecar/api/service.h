// The sidecar's routes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "sidecar/api/backend.h"
#include "sidecar/http/router.h"
#include "sidecar/http/server.h"
#include "sidecar/runtime/live_settings.h"

namespace vlr::api {

// Handlers run on the socket thread. All that is referred to must outlive the service.
class Service {
 public:
  Service(Runtime& runtime, ModelHost& models, const Settings& settings);

  // The table of routes; the service must outlive it.
  const http::Router& router() const { return router_; }
  // That of the second listener: health and metrics.
  const http::Router& operations_router() const { return operations_router_; }
  // Counts and logs one answered request.
  void OnAccess(const http::AccessRecord& record);
  // What the pages of status and metrics also tell of; both must outlive the requests.
  void SetServer(const http::Server* server, const LiveSettings* live) {
    server_ = server;
    live_ = live;
  }
  void OnReload(bool taken) { backend_.metrics().OnReload(taken); }
  // Whether the model, where there is one, has answered within that time.
  bool AnsweredWithin(std::chrono::steady_clock::duration time) const;
  // From then on the server is not ready.
  void StartDraining() { backend_.StartDraining(); }
  // Media that are being encoded for nobody's answer.
  std::size_t warming() const { return backend_.warmer().stats().running; }
  // Scores a tiny pair every second or so, so that readiness tells whether the model still answers. Ends when
  // cancelled.
  boost::asio::awaitable<void> Probe();

 private:
  boost::asio::awaitable<http::Response> Ready(const http::Request& request);
  http::Response Status(const http::Request& request) const;
  http::Response Models() const;
  http::Response MetricsPage();
  void AddRoutes();

  const Settings settings_;
  Backend backend_;
  http::Router router_;
  http::Router operations_router_;
  const http::Server* server_ = nullptr;
  const LiveSettings* live_ = nullptr;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace vlr::api
