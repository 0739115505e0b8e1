#include "model/random_tensors.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "model/checkpoint_layout.h"
#include "model/reranker_model.h"

namespace vlr {
namespace {

TEST(RandomTensorsTest, AreThoseOfTheShapeAndRunInIt) {
  const auto config = LoadConfig(VLR_TEST_DATA "/golden-a/model");
  ASSERT_TRUE(config);
  auto tensors = RandomTensors(*config);
  ASSERT_TRUE(tensors);
  for (const TensorSpec& spec : CheckpointLayout(*config)) {
    const auto tensor = tensors->Expect(spec.name, spec.shape);
    ASSERT_TRUE(tensor) << spec.name;
    double sum = 0, squares = 0;
    for (std::size_t at = 0; at < (*tensor)->bytes.size(); at += 2) {
      std::uint16_t half = 0;
      std::memcpy(&half, (*tensor)->bytes.data() + at, sizeof half);
      const double value = std::bit_cast<float>(std::uint32_t{half} << 16U);
      sum += value;
      squares += value * value;
    }
    const auto count = static_cast<double>(spec.elements());
    const bool is_norm = spec.shape.size() == 1 && spec.name.ends_with("weight");
    EXPECT_NEAR(sum / count, is_norm ? 1 : 0, 0.02) << spec.name;
    if (count > 1000)
      EXPECT_NEAR(std::sqrt(squares / count - sum * sum / count / count), 0.02, 0.002) << spec.name;
  }
  const auto model = RerankModel::Load(*config, *std::move(tensors), {.yes_id = 0, .no_id = 1});
  ASSERT_TRUE(model) << model.error().message;
  ModelInput input;
  input.ids = {5, 6, 7};
  const auto logits = (*model)->Logits(std::span(&input, 1));
  ASSERT_TRUE(logits);
  EXPECT_TRUE(std::isfinite(logits->at(0)));
}

}  // namespace
}  // namespace vlr
