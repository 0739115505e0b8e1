#include "model/operations.h"

#include <gtest/gtest.h>

#include "model/released_shapes.h"

namespace vlr {
namespace {

constexpr double kTera = 1e12;

ModelInput Text(int shared, int own, std::int32_t id) {
  ModelInput input;
  input.ids.assign(static_cast<std::size_t>(shared), 1);
  input.ids.insert(input.ids.end(), static_cast<std::size_t>(own), id);
  return input;
}

// Figures of bench/gpu/NOTES.md: 13.89 GFLOP a text token at 8B in the dense layers.
TEST(OperationsTest, TextOfTheEightBillionShape) {
  const ModelConfig config = *ReleasedShape("8b");
  std::vector<ModelInput> inputs;
  for (std::int32_t i = 0; i < 50; ++i) inputs.push_back(Text(64, 192, 100 + i));
  const Operations operations = OperationsOf(config, inputs);
  EXPECT_EQ(operations.tower, 0);
  const double rows = 64 + 50 * 192;
  const double dense = 13.89e9 * rows * 35 / 36;  // of the last layer hardly anything
  EXPECT_GT(operations.decoder, dense);
  EXPECT_LT(operations.decoder, 1.03 * dense);
  // Unrelated prompts share nothing.
  for (std::int32_t i = 0; i < 50; ++i) inputs[static_cast<std::size_t>(i)].ids[0] = 1000 + i;
  EXPECT_NEAR(OperationsOf(config, inputs).decoder / operations.decoder, 50 * 256 / rows, 0.02);
}

TEST(OperationsTest, PicturesOfTheEightBillionShape) {
  const ModelConfig config = *ReleasedShape("8b");
  const auto picture = std::make_shared<VisionPatches>(VisionPatches{.grid = {1, 48, 64}});
  ModelInput input;
  input.ids.assign(768, config.image_token_id);
  input.ids.insert(input.ids.begin(), config.vision_start_token_id);
  input.ids.push_back(config.vision_end_token_id);
  input.images = {picture};
  const double one = OperationsOf(config, std::span(&input, 1)).tower;
  // Of fifty: 27 blocks of 4.68 TFLOP in products, 59 TFLOP of attention in all, and 12 of the mergers.
  EXPECT_NEAR(50 * one / kTera, 27 * 4.68 + 59 + 12, 6);
  const std::vector<ModelInput> twice = {input, input};
  EXPECT_EQ(OperationsOf(config, twice).tower, one);
}

}  // namespace
}  // namespace vlr
