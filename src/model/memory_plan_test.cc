#include "model/memory_plan.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

// The released 8B shape, as far as it decides.
ModelConfig Released8B() {
  ModelConfig config;
  config.text.hidden_size = 4096;
  config.text.intermediate_size = 12288;
  config.text.num_heads = 32;
  config.text.num_kv_heads = 8;
  config.text.head_dim = 128;
  config.vision.hidden_size = 1152;
  config.vision.intermediate_size = 4304;
  config.vision.num_heads = 16;
  config.vision.in_channels = 3;
  config.vision.patch_size = 16;
  config.vision.temporal_patch_size = 2;
  config.vision.spatial_merge_size = 2;
  config.vision.out_hidden_size = 4096;
  config.vision.deepstack_visual_indexes = {8, 16, 24};
  return config;
}

// Peaks of bench/results/gpu-2026-11-29.md: 9,664 tokens of text, and 15,760 with pictures of 61,440 patches.
TEST(MemoryPlanTest, CoversWhatWasMeasured) {
  const ModelConfig config = Released8B();
  EXPECT_GE(DecoderForwardBytes(config.text, 9'664, 16'384), std::int64_t{1'223} << 20);
  EXPECT_GE(DecoderForwardBytes(config.text, 15'760, 16'384) + TowerForwardBytes(config.vision, 61'440),
            std::int64_t{3'834} << 20);
}

TEST(MemoryPlanTest, StaysBelowFourGigabytesAtTheUsualBudget) {
  const ModelConfig config = Released8B();
  EXPECT_LE(DecoderForwardBytes(config.text, 16'384, 16'384), std::int64_t{4} << 30);
  EXPECT_LE(TowerForwardBytes(config.vision, 65'536), std::int64_t{4} << 30);
}

TEST(MemoryPlanTest, OneMatrixIsUnpackedAtATime) {
  EXPECT_EQ(UnpackedBytes(Released8B()), std::int64_t{2} * 2 * 12'288 * 4'096);
}

TEST(MemoryPlanTest, LongPromptsGrowByTheirRowsAlone) {
  const ModelConfig config = Released8B();
  const std::int64_t one = DecoderForwardBytes(config.text, 16'384, 16'384);
  const std::int64_t two = DecoderForwardBytes(config.text, 32'768, 16'384);
  EXPECT_LT(two, 2 * one - (std::int64_t{1} << 29));
}

TEST(MemoryPlanTest, LeavesTheLayersWhatIsLeft) {
  const ModelConfig config = Released8B();
  const auto layers = [&](std::int64_t memory) {
    return LayerBytes(config, memory, 1'000'000'000, 0, 4'096, 16'384);
  };
  EXPECT_EQ(layers(12'000'000'000) - layers(8'000'000'000), 4'000'000'000);
  EXPECT_GT(layers(8'000'000'000), 3'000'000'000);
  EXPECT_EQ(layers(1), 1);  // none stays
}

}  // namespace
}  // namespace vlr
