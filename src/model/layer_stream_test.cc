#include "model/layer_stream.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

namespace vlr {
namespace {

struct Group {
  at::Tensor weight, scales, weight_before, scales_before;
};

// On the CPU, where a copy is there at once; gpu_test runs a model through it on a GPU.
void ExpectRounds(std::size_t count) {
  const c10::InferenceMode inference;
  LayerStream stream{c10::Device(c10::kCPU)};
  std::vector<Group> groups(count);
  for (std::size_t i = 0; i < count; ++i) {
    Group& group = groups[i];
    group.weight = at::randn({7, 9}).to(at::kBFloat16);
    group.scales = at::randn({7, 1});
    group.weight_before = group.weight.clone();
    group.scales_before = group.scales.clone();
    ASSERT_EQ(stream.Add({&group.weight, &group.scales}), i);
  }
  EXPECT_EQ(stream.bytes(), static_cast<std::int64_t>(count) * 512);  // two tensors on 256 bytes each
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      stream.Begin(i);
      EXPECT_TRUE(groups[i].weight.equal(groups[i].weight_before)) << round << ' ' << i;
      EXPECT_TRUE(groups[i].scales.equal(groups[i].scales_before)) << round << ' ' << i;
      stream.End(i);
    }
  }
}

TEST(LayerStreamTest, BringsEachGroupWhenItIsItsTurn) {
  for (const std::size_t count : {1, 2, 3, 4, 7}) ExpectRounds(count);
}

TEST(LayerStreamTest, RefusesAGroupOfAnotherSize) {
  const c10::InferenceMode inference;
  LayerStream stream{c10::Device(c10::kCPU)};
  at::Tensor first = at::randn({100});
  at::Tensor second = at::randn({100});
  at::Tensor third = at::randn({1000});
  stream.Add({&first});
  stream.Add({&second});
  EXPECT_THROW(stream.Add({&third}), c10::Error);
}

}  // namespace
}  // namespace vlr
