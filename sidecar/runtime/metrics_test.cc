#include "sidecar/runtime/metrics.h"

#include <gmock/gmock.h>

namespace vlr {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsTest, EachModelHasItsQueue) {
  MetricsSnapshot snapshot;
  EXPECT_THAT(Metrics().Expose(snapshot), Not(HasSubstr("vl_rerank_queue_tokens")));
  snapshot.models = {{"large", {}}, {"small", {}}};
  snapshot.models[0].queue.queued_tokens = 7;
  snapshot.models[1].queue.refused = 3;
  snapshot.models[1].queue.batches = 2;
  snapshot.models[1].queue.batches_by_tokens[1] = 2;
  const std::string page = Metrics().Expose(snapshot);
  EXPECT_THAT(page, HasSubstr("vl_rerank_model_loaded 1\n"));
  EXPECT_THAT(page, HasSubstr("vl_rerank_queue_tokens{model=\"large\"} 7\n"));
  EXPECT_THAT(page, HasSubstr("vl_rerank_queue_tokens{model=\"small\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("vl_rerank_queue_refused_total{model=\"small\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("vl_rerank_batch_tokens_bucket{model=\"small\",le=\"256\"} 2\n"));
}

TEST(MetricsTest, EachGpuHasItsMemory) {
  MetricsSnapshot snapshot;
  EXPECT_THAT(Metrics().Expose(snapshot), Not(HasSubstr("gpu")));
  snapshot.gpus = {{"cuda:0", {100, 40}}, {"cuda:1", {200, 50}}};
  const std::string page = Metrics().Expose(snapshot);
  EXPECT_THAT(page, HasSubstr("vl_rerank_gpu_memory_total_bytes{device=\"cuda:1\"} 200\n"));
  EXPECT_THAT(page, HasSubstr("vl_rerank_gpu_memory_used_bytes{device=\"cuda:0\"} 40\n"));
}

}  // namespace
}  // namespace vlr
