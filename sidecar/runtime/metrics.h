// Prometheus metrics of the sidecar: what is counted here as it happens, and what other parts count, read
// when the page is asked for.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "media/worker_pool.h"
#include "model/gpu_memory.h"
#include "rerank/request.h"
#include "rerank/scheduler.h"
#include "rerank/vision_cache.h"
#include "rerank/warmer.h"
#include "sidecar/http/server.h"
#include "storage/fetcher.h"

namespace vlr {

struct ModelSnapshot {
  std::string name;
  SchedulerStats queue;
};

// The state of the other parts at one moment.
struct MetricsSnapshot {
  bool ready = false;
  std::vector<ModelSnapshot> models;  // that are loaded
  std::int64_t batch_token_limit = 0;
  WorkerPoolStats decoders;
  int decoder_workers = 0;
  FetchCounters fetches;
  VisionCacheStats vision;
  WarmerStats warm;
  int open_connections = 0;
  std::map<std::string, GpuMemory> gpus;                            // that models are on, by device
  std::chrono::system_clock::time_point certificate_valid_until{};  // 1970: no TLS
};

// Thread safe.
class Metrics {
 public:
  Metrics();

  // `route` is the path when it is one of ours, else "other": strangers cannot make time series.
  void OnRequest(const http::AccessRecord& record, const std::string& route, bool slow);
  void OnResponse(const RerankResponse& response);
  // What a request cost, whatever its route.
  void OnScored(std::size_t documents, const Usage& usage, const Timing& timing);
  void OnReload(bool taken);

  // The text exposition format, version 0.0.4.
  std::string Expose(const MetricsSnapshot& snapshot) const;

 private:
  struct RouteSeries {
    prometheus::Counter* requests;
    prometheus::Histogram* duration;
  };
  // Series that every request counts in, looked up once: a family finds one by hashing all of its labels.
  RouteSeries SeriesOf(const std::string& route, int status);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& key_requests_;
  prometheus::Family<prometheus::Counter>& refusals_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Histogram>& stages_;
  prometheus::Family<prometheus::Counter>& faults_;
  prometheus::Family<prometheus::Counter>& tokens_;
  prometheus::Family<prometheus::Counter>& reloads_;
  prometheus::Counter& slow_;
  prometheus::Counter& documents_;
  std::array<prometheus::Counter*, 3> tokens_by_kind_;
  std::array<prometheus::Histogram*, 5> stage_times_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int>, RouteSeries> series_;  // under mutex_
};

}  // namespace vlr
