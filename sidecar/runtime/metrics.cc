#include "sidecar/runtime/metrics.h"

#include <prometheus/text_serializer.h>

#include "sidecar/runtime/metric_families.h"

namespace vlr {
namespace {

constexpr double kSecondsPerMillisecond = 1e-3;
constexpr int kFirstErrorStatus = 400;
constexpr std::array kKinds = {"all", "image", "video"};
constexpr std::array kStages = {"queue", "fetch", "decode", "model", "total"};

const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const prometheus::Histogram::BucketBoundaries seconds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return seconds;
}

prometheus::Family<prometheus::Counter>& Counters(prometheus::Registry& registry, const std::string& name,
                                                  const std::string& help) {
  return prometheus::BuildCounter().Name("vl_rerank_" + name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Histogram>& Histograms(prometheus::Registry& registry, const std::string& name,
                                                      const std::string& help) {
  return prometheus::BuildHistogram().Name("vl_rerank_" + name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics()
    : requests_(Counters(registry_, "http_requests_total",
                         "Answered requests by route and status; 499: the client left first")),
      key_requests_(Counters(registry_, "key_requests_total", "Requests by API key and status")),
      refusals_(Counters(registry_, "refusals_total", "Answers that were an error, by its code")),
      durations_(Histograms(registry_, "http_request_duration_seconds",
                            "From the first byte of a request to the last of its answer")),
      stages_(Histograms(registry_, "stage_duration_seconds",
                         "Time of a rerank request in each stage; fetch and decode are sums over its media")),
      faults_(Counters(registry_, "document_faults_total", "Warnings and errors on documents by code")),
      tokens_(
          Counters(registry_, "tokens_total", "Tokens of scored prompts by kind; kind all holds the others")),
      reloads_(Counters(registry_, "config_reloads_total", "Reloads of the settings by result")),
      slow_(Counters(registry_, "slow_requests_total", "Requests that took longer than log.slow_ms").Add({})),
      documents_(Counters(registry_, "documents_total", "Documents answered").Add({})) {
  // A rate needs the zero that a series starts from.
  for (const char* result : {"taken", "refused"}) reloads_.Add({{"result", result}});
  for (std::size_t i = 0; i < kKinds.size(); ++i) tokens_by_kind_[i] = &tokens_.Add({{"kind", kKinds[i]}});
  for (std::size_t i = 0; i < kStages.size(); ++i)
    stage_times_[i] = &stages_.Add({{"stage", kStages[i]}}, Buckets());
  for (const char* code : {"overloaded", "deadline_exceeded", "model_not_loaded"})
    refusals_.Add({{"code", code}});
}

void Metrics::OnRequest(const http::AccessRecord& record, const std::string& route, bool slow) {
  const RouteSeries series = SeriesOf(route, record.status);
  series.requests->Increment();
  series.duration->Observe(std::chrono::duration<double>(record.duration).count());
  if (!record.caller.empty()) {
    key_requests_.Add({{"key", record.caller}, {"status", std::to_string(record.status)}}).Increment();
  }
  if (record.status >= kFirstErrorStatus) {
    const std::string code = record.error_code.empty() ? "client_gone" : record.error_code;
    refusals_.Add({{"code", code}}).Increment();
  }
  if (slow) slow_.Increment();
}

Metrics::RouteSeries Metrics::SeriesOf(const std::string& route, int status) {
  const std::lock_guard lock(mutex_);
  const auto [series, fresh] = series_.try_emplace({route, status});
  if (fresh) {
    series->second = {&requests_.Add({{"route", route}, {"status", std::to_string(status)}}),
                      &durations_.Add({{"route", route}}, Buckets())};
  }
  return series->second;
}

void Metrics::OnResponse(const RerankResponse& response) {
  OnScored(response.documents.size(), response.usage, response.timing);
  for (const DocumentResult& document : response.documents) {
    for (const Error& warning : document.warnings) faults_.Add({{"code", warning.code}}).Increment();
    if (document.error) faults_.Add({{"code", document.error->code}}).Increment();
  }
}

void Metrics::OnScored(std::size_t documents, const Usage& usage, const Timing& timing) {
  documents_.Increment(static_cast<double>(documents));
  const std::array counts = {usage.total_tokens, usage.image_tokens, usage.video_tokens};
  for (std::size_t i = 0; i < counts.size(); ++i)
    tokens_by_kind_[i]->Increment(static_cast<double>(counts[i]));
  const std::array times = {timing.queue, timing.fetch, timing.decode, timing.model, timing.total};
  for (std::size_t i = 0; i < times.size(); ++i) stage_times_[i]->Observe(times[i] * kSecondsPerMillisecond);
}

void Metrics::OnReload(bool taken) {
  reloads_.Add({{"result", taken ? "taken" : "refused"}}).Increment();
}

std::string Metrics::Expose(const MetricsSnapshot& snapshot) const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  const auto others = FamiliesOf(snapshot);
  families.insert(families.end(), others.begin(), others.end());
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace vlr
