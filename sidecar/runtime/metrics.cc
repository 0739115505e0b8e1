#include "sidecar/runtime/metrics.h"

#include <prometheus/text_serializer.h>

#include <chrono>

namespace vlr {
namespace {

const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const prometheus::Histogram::BucketBoundaries seconds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return seconds;
}

constexpr double kSecondsPerMillisecond = 1e-3;

}  // namespace

Metrics::Metrics()
    : requests_(prometheus::BuildCounter()
                    .Name("vl_rerank_http_requests_total")
                    .Help("Answered requests by route and status; 499: the client left first")
                    .Register(registry_)),
      durations_(prometheus::BuildHistogram()
                     .Name("vl_rerank_http_request_duration_seconds")
                     .Help("From the first byte of a request to the last of its answer")
                     .Register(registry_)),
      stages_(prometheus::BuildHistogram()
                  .Name("vl_rerank_stage_duration_seconds")
                  .Help("Time of a rerank request in each stage; fetch and decode are sums over its media")
                  .Register(registry_)),
      faults_(prometheus::BuildCounter()
                  .Name("vl_rerank_document_faults_total")
                  .Help("Warnings and errors on documents by code")
                  .Register(registry_)),
      documents_(prometheus::BuildCounter()
                     .Name("vl_rerank_documents_total")
                     .Help("Documents answered")
                     .Register(registry_)
                     .Add({})),
      tokens_(prometheus::BuildCounter()
                  .Name("vl_rerank_tokens_total")
                  .Help("Tokens of scored prompts")
                  .Register(registry_)
                  .Add({})) {}

void Metrics::OnRequest(const http::AccessRecord& record, bool known_route) {
  const std::string route = known_route ? record.path : "other";
  requests_.Add({{"route", route}, {"status", std::to_string(record.status)}}).Increment();
  durations_.Add({{"route", route}}, Buckets())
      .Observe(std::chrono::duration<double>(record.duration).count());
}

void Metrics::OnResponse(const RerankResponse& response) {
  documents_.Increment(static_cast<double>(response.documents.size()));
  tokens_.Increment(static_cast<double>(response.usage.total_tokens));
  for (const DocumentResult& document : response.documents) {
    for (const Error& warning : document.warnings) faults_.Add({{"code", warning.code}}).Increment();
    if (document.error) faults_.Add({{"code", document.error->code}}).Increment();
  }
  const Timing& timing = response.timing;
  for (const auto& [stage, milliseconds] : {std::pair<const char*, double>{"queue", timing.queue},
                                            {"fetch", timing.fetch},
                                            {"decode", timing.decode},
                                            {"model", timing.model},
                                            {"total", timing.total}}) {
    stages_.Add({{"stage", stage}}, Buckets()).Observe(milliseconds * kSecondsPerMillisecond);
  }
}

void Metrics::Set(const std::string& name, const std::string& help, double value) {
  prometheus::BuildGauge().Name("vl_rerank_" + name).Help(help).Register(registry_).Add({}).Set(value);
}

std::string Metrics::Expose(const SchedulerStats* scheduler, const WorkerPoolStats& decoders,
                            const FetchCounters& fetches, int open_connections) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  Set("open_connections", "HTTP connections", number(open_connections));
  Set("model_loaded", "1 when a model can score", scheduler == nullptr ? 0 : 1);
  if (scheduler != nullptr) {
    Set("queue_requests", "Requests that wait for the model", number(scheduler->queued_requests));
    Set("queue_tokens", "Their tokens", number(scheduler->queued_tokens));
    Set("batches", "Forwards of the model since start", number(scheduler->batches));
    Set("batch_items", "Documents in them", number(scheduler->items));
    Set("batch_tokens", "Tokens in them", number(scheduler->tokens));
    Set("queue_refused", "Requests refused because the queue was full", number(scheduler->refused));
    Set("queue_expired", "Requests whose deadline passed in the queue", number(scheduler->expired));
    Set("queue_abandoned", "Requests whose client left while they were queued", number(scheduler->abandoned));
  }
  Set("decode_calls", "Images and videos given to the decoders", number(decoders.calls));
  Set("decode_failed", "Decoder calls that ended in an error", number(decoders.failed));
  Set("decode_crashed", "Decoder processes that died", number(decoders.crashed));
  Set("decode_timed_out", "Decoder processes killed at their deadline", number(decoders.timed_out));
  Set("fetches", "Objects asked for", number(fetches.fetches));
  Set("fetch_http_requests", "Requests sent to object stores", number(fetches.http_requests));
  Set("fetch_bytes", "Bytes received from them", number(fetches.network_bytes));
  Set("fetch_cache_hits", "Objects found in memory", number(fetches.cache_hits));
  Set("fetch_cache_bytes", "Bytes of objects held in memory", number(fetches.cache_bytes));
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(registry_.Collect());
}

}  // namespace vlr
