#include "model/memory_plan.h"

#include <gtest/gtest.h>

#include "model/released_shapes.h"

namespace vlr {
namespace {

ModelConfig Released8B() {
  return *ReleasedShape("8b");
}

// The highest peaks seen on an H200 (2026-11-29; later ones were lower): 9,664 tokens of text, and 15,760
// with pictures of 61,440 patches.
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
