#include "model/device_features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "model/encoded_features.h"

namespace vlr {
namespace {

// 800 bytes: two layers of 10 tokens of 10 float32.
VisionFeatures Features(float value) {
  const at::Tensor pack = at::full({30, 10}, value, at::TensorOptions(at::kFloat));
  return {pack.narrow(0, 10, 10), {pack.narrow(0, 20, 10)}};
}

TEST(DeviceFeaturesTest, ForgetsTheLeastRecentlyUsed) {
  const c10::InferenceMode inference;
  DeviceFeatures features(2'000);
  features.Put("a", Features(1));
  features.Put("b", Features(2));
  EXPECT_EQ(features.bytes(), 1'600);
  ASSERT_NE(features.Find("a"), nullptr);
  features.Put("c", Features(3));
  EXPECT_EQ(features.Find("b"), nullptr);
  ASSERT_NE(features.Find("a"), nullptr);
  EXPECT_EQ(features.Find("a")->deepstack.at(0).sum().item<float>(), 100.0F);
  EXPECT_EQ(features.bytes(), 1'600);
  features.Clear();
  EXPECT_EQ(features.Find("a"), nullptr);
  EXPECT_EQ(features.bytes(), 0);
}

TEST(DeviceFeaturesTest, KeepsNoViewOfAPack) {
  const c10::InferenceMode inference;
  DeviceFeatures features(2'000);
  const VisionFeatures given = Features(1);
  features.Put("a", given);
  given.merged.fill_(9);
  EXPECT_EQ(features.Find("a")->merged.sum().item<float>(), 100.0F);
}

TEST(DeviceFeaturesTest, ForgetsNoneThatIsHeld) {
  const c10::InferenceMode inference;
  DeviceFeatures features(2'000);
  auto held = features.Put("a", Features(1));
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(features.Put("a", Features(2)), nullptr);
  features.Put("b", Features(2));
  features.Put("c", Features(3));
  EXPECT_NE(features.Find("a"), nullptr) << "although it was used before b";
  EXPECT_EQ(features.Find("b"), nullptr);
  const auto also = features.Put("d", Features(4));
  EXPECT_EQ(features.Put("e", Features(5)), nullptr) << "all the room is held";
  EXPECT_EQ(features.bytes(), 1'600);
  held.reset();
  EXPECT_NE(features.Put("e", Features(5)), nullptr);
  EXPECT_EQ(features.Find("a"), nullptr);
  features.Clear();
  EXPECT_EQ(FeaturesOf(also, at::TensorOptions(at::kFloat)).deepstack.at(0).sum().item<float>(), 400.0F);
}

TEST(DeviceFeaturesTest, LeavesOutWhatIsTooLarge) {
  const c10::InferenceMode inference;
  DeviceFeatures features(700);
  features.Put("a", Features(1));
  EXPECT_EQ(features.Find("a"), nullptr);
  EXPECT_EQ(features.bytes(), 0);
}

}  // namespace
}  // namespace vlr
