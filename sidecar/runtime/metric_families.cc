#include "sidecar/runtime/metric_families.h"

#include <functional>
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
  // A family with a series for each of `all`, which `fill` fills in.
  template <class All, class Fill>
  void Each(const std::string& name, const std::string& help, MetricType type, const All& all,
            const Fill& fill) {
    MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
    for (const auto& one : all) fill(one, family.metric.emplace_back());
  }
  std::vector<MetricFamily> Take() { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void AddQueues(const std::vector<ModelSnapshot>& models, std::int64_t batch_token_limit, Families* out) {
  const auto each = [&](const char* name, const char* help, MetricType type, auto member) {
    const auto fill = [&](const ModelSnapshot& model, ClientMetric& metric) {
      metric.label.push_back({"model", model.name});
      const auto value = static_cast<double>(std::invoke(member, model.queue));
      (type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = value;
    };
    out->Each(name, help, type, models, fill);
  };
  const auto gauge = MetricType::Gauge, counter = MetricType::Counter;
  each("vl_rerank_admitted_requests", "Requests under way, in whatever stage", gauge,
       &SchedulerStats::admitted_requests);
  each("vl_rerank_queue_requests", "Requests that wait for the model", gauge,
       &SchedulerStats::queued_requests);
  each("vl_rerank_queue_tokens", "Their tokens", gauge, &SchedulerStats::queued_tokens);
  each("vl_rerank_tokens_per_second", "Measured while the model is at work", gauge,
       &SchedulerStats::tokens_per_second);
  each("vl_rerank_batch_items_total", "Documents in forwards of the model", counter, &SchedulerStats::items);
  each("vl_rerank_batch_items_shared_total", "Documents that took the score of an equal one under way",
       counter, &SchedulerStats::shared);
  each("vl_rerank_queue_refused_total", "Requests refused because the queue was full", counter,
       &SchedulerStats::refused);
  each("vl_rerank_queue_expired_total", "Requests whose deadline passed in the queue", counter,
       &SchedulerStats::expired);
  each("vl_rerank_queue_abandoned_total", "Requests whose client left while they were queued", counter,
       &SchedulerStats::abandoned);
  out->Gauge("vl_rerank_batch_token_limit", "scheduler.batch_tokens", batch_token_limit);
  const auto fill = [](const ModelSnapshot& model, ClientMetric& metric) {
    const SchedulerStats& queue = model.queue;
    metric.label.push_back({"model", model.name});
    metric.histogram.sample_count = queue.batches;
    metric.histogram.sample_sum = static_cast<double>(queue.tokens);
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < kBatchTokenBounds.size(); ++i) {
      cumulative += queue.batches_by_tokens[i];
      metric.histogram.bucket.push_back({cumulative, static_cast<double>(kBatchTokenBounds[i])});
    }
  };
  out->Each("vl_rerank_batch_tokens", "Tokens of each batch of the model, none of them padding",
            MetricType::Histogram, models, fill);
}

void AddGpus(const std::map<std::string, GpuMemory>& gpus, Families* out) {
  const auto each = [&](const char* name, const char* help, auto member) {
    out->Each(name, help, MetricType::Gauge, gpus, [&](const auto& gpu, ClientMetric& metric) {
      metric.label.push_back({"device", gpu.first});
      metric.gauge.value = static_cast<double>(std::invoke(member, gpu.second));
    });
  };
  if (gpus.empty()) return;
  each("vl_rerank_gpu_memory_total_bytes", "Memory of a GPU that a model is on", &GpuMemory::total_bytes);
  each("vl_rerank_gpu_memory_used_bytes", "Used of it, by all processes", &GpuMemory::used_bytes);
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
  out->Counter("vl_rerank_vision_cache_device_hits_total", "Media whose features were on a GPU",
               vision.device_hits);
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
  out.Gauge("vl_rerank_model_loaded", "1 when a model can score", snapshot.models.empty() ? 0 : 1);
  out.Gauge("vl_rerank_open_connections", "HTTP connections", snapshot.open_connections);
  if (!snapshot.models.empty()) AddQueues(snapshot.models, snapshot.batch_token_limit, &out);
  AddMedia(snapshot, &out);
  AddVisionCache(snapshot.vision, &out);
  AddWarming(snapshot.warm, &out);
  AddProcess(&out);
  AddGpus(snapshot.gpus, &out);
  const auto valid_until = snapshot.certificate_valid_until.time_since_epoch();
  if (valid_until.count() > 0) {
    out.Gauge("vl_rerank_tls_certificate_expiry_timestamp_seconds", "When the server's certificate ends",
              std::chrono::duration_cast<std::chrono::seconds>(valid_until).count());
  }
  return out.Take();
}

}  // namespace vlr
