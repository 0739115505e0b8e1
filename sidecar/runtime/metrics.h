// Prometheus metrics of the sidecar.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

#include "media/worker_pool.h"
#include "rerank/request.h"
#include "rerank/scheduler.h"
#include "sidecar/http/server.h"
#include "storage/fetcher.h"

namespace vlr {

// Thread safe.
class Metrics {
 public:
  Metrics();

  void OnRequest(const http::AccessRecord& record, bool known_route);
  void OnResponse(const RerankResponse& response);

  // The text exposition format, with the gauges that are read at this moment. `scheduler` may be null.
  std::string Expose(const SchedulerStats* scheduler, const WorkerPoolStats& decoders,
                     const FetchCounters& fetches, int open_connections);

 private:
  // A total that another part counts, shown as a gauge-typed sample under its own name.
  void Set(const std::string& name, const std::string& help, double value);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Histogram>& stages_;
  prometheus::Family<prometheus::Counter>& faults_;
  prometheus::Counter& documents_;
  prometheus::Counter& tokens_;
};

}  // namespace vlr
