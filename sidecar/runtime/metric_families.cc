#include "sidecar/runtime/metric_families.h"

#include <string>

#include "sidecar/runtime/metrics.h"
#include "sidecar/runtime/process_stats.h"
#include "sidecar/version.h"

namespace vlr {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Families {
 public:
  template <class Number>
  void Gauge(const std::string& name, const std::string& help, Number value) {
    ClientMetric& metric = Add(name, help, MetricType::Gauge);
    metric.gauge.value = static_cast<double>(value);
  }
  template <class Number>
  void Counter(const std::string& name, const std::string& help, Number value) {
    ClientMetric& metric = Add(name, help, MetricType::Counter);
    metric.counter.value = static_cast<double>(value);
  }
  ClientMetric& Add(const std::string& name, const std::string& help, MetricType type) {
    MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
    return family.metric.emplace_back();
  }
  std::vector<MetricFamily> Take() { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void AddQueue(const SchedulerStats& queue, std::int64_t batch_token_limit, Families* out) {
  out->Gauge("vl_rerank_admitted_requests", "Requests under way, in whatever stage", queue.admitted_requests);
  out->Gauge("vl_rerank_queue_requests", "Requests that wait for the model", queue.queued_requests);
  out->Gauge("vl_rerank_queue_tokens", "Their tokens", queue.queued_tokens);
  out->Gauge("vl_rerank_tokens_per_second", "Measured while the model is at work", queue.tokens_per_second);
  out->Counter("vl_rerank_batch_items_total", "Documents in forwards of the model", queue.items);
  out->Counter("vl_rerank_batch_items_shared_total",
               "Documents that took the score of an equal one under way", queue.shared);
  out->Counter("vl_rerank_queue_refused_total", "Requests refused because the queue was full", queue.refused);
  out->Counter("vl_rerank_queue_expired_total", "Requests whose deadline passed in the queue", queue.expired);
  out->Counter("vl_rerank_queue_abandoned_total", "Requests whose client left while they were queued",
               queue.abandoned);
  out->Gauge("vl_rerank_batch_token_limit", "scheduler.batch_tokens", batch_token_limit);
  ClientMetric& batches =
      out->Add("vl_rerank_batch_tokens", "Tokens of each forward of the model, none of them padding",
               MetricType::Histogram);
  batches.histogram.sample_count = queue.batches;
  batches.histogram.sample_sum = static_cast<double>(queue.tokens);
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < kBatchTokenBounds.size(); ++i) {
    cumulative += queue.batches_by_tokens[i];
    batches.histogram.bucket.push_back({cumulative, static_cast<double>(kBatchTokenBounds[i])});
  }
}

void AddMedia(const MetricsSnapshot& snapshot, Families* out) {
  const WorkerPoolStats& decoders = snapshot.decoders;
  out->Gauge("vl_rerank_decode_busy", "Decoder processes at work", decoders.busy);
  out->Gauge("vl_rerank_decode_workers", "Decoder processes at most", snapshot.decoder_workers);
  out->Counter("vl_rerank_decode_calls_total", "Images and videos given to the decoders", decoders.calls);
  out->Counter("vl_rerank_decode_failed_total", "Decoder calls that ended in an error", decoders.failed);
  out->Counter("vl_rerank_decode_crashed_total", "Decoder processes that died", decoders.crashed);
  out->Counter("vl_rerank_decode_timed_out_total", "Decoder processes killed at their deadline",
               decoders.timed_out);
  const FetchCounters& fetches = snapshot.fetches;
  out->Counter("vl_rerank_fetches_total", "Objects asked for", fetches.fetches);
  out->Counter("vl_rerank_fetch_http_requests_total", "Requests sent to object stores",
               fetches.http_requests);
  out->Counter("vl_rerank_fetch_bytes_total", "Bytes received from them", fetches.network_bytes);
  out->Counter("vl_rerank_fetch_cache_hits_total", "Objects found in memory", fetches.cache_hits);
  out->Counter("vl_rerank_fetch_cache_misses_total", "Objects not found in memory", fetches.cache_misses);
  out->Counter("vl_rerank_fetch_joined_total", "Fetches that waited for one of the same object under way",
               fetches.joined);
  out->Gauge("vl_rerank_fetch_cache_bytes", "Bytes of objects held in memory", fetches.cache_bytes);
}

void AddVisionCache(const VisionCacheStats& vision, Families* out) {
  out->Counter("vl_rerank_vision_cache_memory_hits_total", "Media whose features were in memory",
               vision.memory_hits);
  out->Counter("vl_rerank_vision_cache_disk_hits_total", "Media whose features were on disk",
               vision.disk_hits);
  out->Counter("vl_rerank_vision_cache_misses_total", "Media whose features were not known", vision.misses);
  out->Counter("vl_rerank_vision_cache_encoded_total", "Media that went through the vision tower",
               vision.encoded);
  out->Gauge("vl_rerank_vision_cache_bytes", "Bytes of features in memory", vision.bytes);
  out->Gauge("vl_rerank_vision_cache_disk_bytes", "Bytes of features on disk", vision.disk.bytes);
  out->Counter("vl_rerank_vision_cache_disk_corrupt_total", "Files dropped because they were damaged",
               vision.disk.corrupt);
  out->Counter("vl_rerank_vision_cache_disk_unwritten_total", "Features that the disk did not take",
               vision.disk.unwritten);
}

void AddWarming(const WarmerStats& warm, Families* out) {
  out->Gauge("vl_rerank_warm_waiting", "Media that /v1/warm has taken and that wait", warm.waiting);
  out->Counter("vl_rerank_warm_encoded_total", "Media that were encoded for it", warm.encoded);
  out->Counter("vl_rerank_warm_known_total", "Media of it whose features were known", warm.known);
  out->Counter("vl_rerank_warm_refused_total", "Media of it that could not be read or encoded", warm.refused);
  out->Counter("vl_rerank_warm_dropped_total", "Media of it whose turn had not come when the server stopped",
               warm.dropped);
}

void AddProcess(Families* out) {
  const ProcessStats process = ReadProcessStats();
  out->Gauge("process_resident_memory_bytes", "Resident memory", process.resident_bytes);
  out->Gauge("process_open_fds", "Open file descriptors", process.open_fds);
  out->Gauge("process_threads", "Threads", process.threads);
  out->Counter("process_cpu_seconds_total", "User and system time", process.cpu_seconds);
  ClientMetric& build = out->Add("vl_rerank_build_info", "1, with the version", MetricType::Gauge);
  build.gauge.value = 1;
  build.label.push_back({"version", kVersion});
}

}  // namespace

std::vector<MetricFamily> FamiliesOf(const MetricsSnapshot& snapshot) {
  Families out;
  out.Gauge("vl_rerank_ready", "1 when /health/ready is 200", snapshot.ready ? 1 : 0);
  out.Gauge("vl_rerank_model_loaded", "1 when a model can score", snapshot.queue ? 1 : 0);
  out.Gauge("vl_rerank_open_connections", "HTTP connections", snapshot.open_connections);
  if (snapshot.queue) AddQueue(*snapshot.queue, snapshot.batch_token_limit, &out);
  AddMedia(snapshot, &out);
  AddVisionCache(snapshot.vision, &out);
  AddWarming(snapshot.warm, &out);
  AddProcess(&out);
  if (snapshot.gpu) {
    out.Gauge("vl_rerank_gpu_memory_total_bytes", "Memory of the model's GPU", snapshot.gpu->total_bytes);
    out.Gauge("vl_rerank_gpu_memory_used_bytes", "Used of it, by all processes", snapshot.gpu->used_bytes);
  }
  const auto valid_until = snapshot.certificate_valid_until.time_since_epoch();
  if (valid_until.count() > 0) {
    out.Gauge("vl_rerank_tls_certificate_expiry_timestamp_seconds", "When the server's certificate ends",
              std::chrono::duration_cast<std::chrono::seconds>(valid_until).count());
  }
  return out.Take();
}

}  // namespace vlr
