// The CPU's own kernels against plain ATen calls.
#include "model/kernels.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/fast_exp.h"

namespace vlr {
namespace {

// float32 agrees to rounding; bfloat16 to one unit in its last place, since sums run in another order.
double Tolerance(at::ScalarType type) {
  return type == at::kFloat ? 2e-6 : 1e-2;
}

class KernelsTest : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  KernelsTest() { at::manual_seed(20261122); }
  at::Tensor Random(at::IntArrayRef shape) const { return at::randn(shape).to(GetParam()); }
  void ExpectClose(const at::Tensor& actual, const at::Tensor& expected) const {
    ASSERT_EQ(actual.sizes(), expected.sizes());
    ASSERT_EQ(actual.scalar_type(), GetParam());
    const double tolerance = Tolerance(GetParam());
    EXPECT_TRUE(at::allclose(actual.to(at::kFloat), expected.to(at::kFloat), tolerance, tolerance))
        << "worst " << (actual.to(at::kFloat) - expected.to(at::kFloat)).abs().max().item<float>();
  }

  c10::InferenceMode inference_;
  std::unique_ptr<Kernels> aten_ = MakeAtenKernels();
  std::unique_ptr<Kernels> cpu_ = MakeCpuKernels();
};

TEST_P(KernelsTest, RmsNorm) {
  for (const std::int64_t width : {1, 15, 16, 100, 1024}) {
    const at::Tensor x = Random({37, width});
    const at::Tensor weight = Random({width});
    ExpectClose(cpu_->RmsNorm(x, weight, 1e-6), aten_->RmsNorm(x, weight, 1e-6));
  }
}

TEST_P(KernelsTest, NormRotateHeadsTurnsAViewOfFusedRows) {
  const at::Tensor rows = Random({19, 5 * 12});
  const at::Tensor same = rows.clone();
  const at::Tensor weight = Random({12});
  const at::Tensor cos = Random({19, 6});
  const at::Tensor sin = Random({19, 6});
  const auto heads = [](const at::Tensor& fused) { return fused.narrow(1, 12, 36).unflatten(1, {3, 12}); };
  cpu_->NormRotateHeads(heads(rows), weight, 1e-6, cos, sin);
  aten_->NormRotateHeads(heads(same), weight, 1e-6, cos, sin);
  ExpectClose(rows, same);
}

TEST_P(KernelsTest, RotateHeadsKeepsFloatUntilTheEnd) {
  const at::Tensor rows = Random({19, 3, 4, 8});
  const at::Tensor same = rows.clone();
  const at::Tensor cos = at::randn({19, 4});
  const at::Tensor sin = at::randn({19, 4});
  cpu_->RotateHeads(rows.select(1, 1), cos, sin);
  aten_->RotateHeads(same.select(1, 1), cos, sin);
  ExpectClose(rows, same);
}

TEST_P(KernelsTest, SwiGlu) {
  const at::Tensor gate_up = Random({11, 2 * 77}) * 8;
  ExpectClose(cpu_->SwiGlu(gate_up), aten_->SwiGlu(gate_up));
}

TEST_P(KernelsTest, AddRmsNormAddsFirst) {
  const at::Tensor hidden = Random({21, 40});
  const at::Tensor same = hidden.clone();
  const at::Tensor delta = Random({21, 40});
  const at::Tensor weight = Random({40});
  ExpectClose(cpu_->AddRmsNorm(hidden, {}, weight, 1e-6, Format::kPlain).values,
              aten_->RmsNorm(hidden, weight, 1e-6));
  ExpectClose(hidden, same);
  const at::Tensor normed = cpu_->AddRmsNorm(hidden, delta, weight, 1e-6, Format::kPlain).values;
  ExpectClose(hidden, same + delta);
  ExpectClose(normed, aten_->RmsNorm(same + delta, weight, 1e-6));
}

TEST_P(KernelsTest, NormRotateFusedLeavesValuesAlone) {
  const at::Tensor rows = Random({19, (6 + 2 * 2) * 8});
  const at::Tensor same = rows.clone();
  const at::Tensor query_weight = Random({8});
  const at::Tensor key_weight = Random({8});
  const at::Tensor cos = Random({19, 4});
  const at::Tensor sin = Random({19, 4});
  cpu_->NormRotateFused(rows, 6, 2, query_weight, key_weight, 1e-6, cos, sin);
  const at::Tensor heads = same.unflatten(1, {10, 8});
  aten_->NormRotateHeads(heads.narrow(1, 0, 6), query_weight, 1e-6, cos, sin);
  aten_->NormRotateHeads(heads.narrow(1, 6, 2), key_weight, 1e-6, cos, sin);
  ExpectClose(rows, same);
}

TEST_P(KernelsTest, EightBitRowsAreThoseOfTheStep) {
  const at::Tensor gate_up = Random({11, 2 * 77});
  const Rows rows = cpu_->SwiGluInFormat(gate_up, Format::kFloat8);
  const at::Tensor exact = cpu_->SwiGlu(gate_up).to(at::kFloat);
  const at::Tensor bound = exact.abs() / 15 + rows.scales / 512;
  EXPECT_TRUE(((rows.values.to(at::kFloat) * rows.scales - exact).abs() <= bound).all().item<bool>());
}

TEST_P(KernelsTest, PatchEmbedding) {
  const at::Tensor patches = Random({23, 3 * 2 * 4 * 4});
  const at::Tensor weight = Random({10, 3, 2, 4, 4}) / 10;
  const at::Tensor bias = Random({10});
  ExpectClose(cpu_->PatchEmbedding(patches, weight, bias), aten_->PatchEmbedding(patches, weight, bias));
}

TEST_P(KernelsTest, AttentionOverPackedSequences) {
  const SequenceBounds bounds{{0, 1, 90, 97}, {0, 1, 90, 97}};
  for (const std::int64_t kv_heads : {1, 2, 6}) {
    const at::Tensor query = Random({97, 6, 24});
    const at::Tensor key = Random({97, kv_heads, 24});
    const at::Tensor value = Random({97, kv_heads, 24});
    for (const Mask mask : {Mask::kNone, Mask::kCausal}) {
      ExpectClose(cpu_->Attention(query, key, value, bounds, mask),
                  aten_->Attention(query, key, value, bounds, mask));
    }
  }
}

// Sequences that see more keys than they have queries, as after a shared prefix.
TEST_P(KernelsTest, CausalAttentionAfterEarlierKeys) {
  const SequenceBounds bounds{{0, 5, 6, 90}, {0, 17, 18, 190}};
  for (const std::int64_t kv_heads : {1, 3, 6}) {
    const at::Tensor query = Random({90, 6, 24});
    const at::Tensor key = Random({190, kv_heads, 24});
    const at::Tensor value = Random({190, kv_heads, 24});
    const at::Tensor got = cpu_->Attention(query, key, value, bounds, Mask::kCausal);
    ExpectClose(got, aten_->Attention(query, key, value, bounds, Mask::kCausal));
    // Query 2 of the first sequence is third from its end: it sees all its 17 keys but the last two.
    const SequenceBounds one{{0, 1}, {0, 15}};
    ExpectClose(got.narrow(0, 2, 1), aten_->Attention(query.narrow(0, 2, 1), key.narrow(0, 0, 15),
                                                      value.narrow(0, 0, 15), one, Mask::kNone));
  }
}

// Long enough that its scores do not fit one band of rows.
TEST_P(KernelsTest, AttentionOverALongSequence) {
  const SequenceBounds bounds{{0, 1500}, {0, 1500}};
  const at::Tensor query = Random({1500, 4, 8});
  const at::Tensor key = Random({1500, 2, 8});
  const at::Tensor value = Random({1500, 2, 8});
  for (const Mask mask : {Mask::kNone, Mask::kCausal}) {
    ExpectClose(cpu_->Attention(query, key, value, bounds, mask),
                aten_->Attention(query, key, value, bounds, mask));
  }
}

TEST_P(KernelsTest, AttentionOfLastTokensAlone) {
  const at::Tensor query = Random({2, 4, 16});
  const at::Tensor key = Random({50, 2, 16});
  const at::Tensor value = Random({50, 2, 16});
  const SequenceBounds bounds{{0, 1, 2}, {0, 33, 50}};
  const at::Tensor got = cpu_->Attention(query, key, value, bounds, Mask::kNone);
  ExpectClose(got, aten_->Attention(query, key, value, bounds, Mask::kNone));
  // Written out for one head: softmax(q kᵀ / √d) v.
  const at::Tensor weights =
      (query.select(0, 1).select(0, 3).to(at::kFloat) * key.narrow(0, 33, 17).select(1, 1).to(at::kFloat))
          .sum(-1)
          .div(4.0)
          .softmax(0);
  const at::Tensor expected =
      weights.unsqueeze(1).mul(value.narrow(0, 33, 17).select(1, 1).to(at::kFloat)).sum(0);
  ExpectClose(got.select(0, 1).narrow(0, 48, 16), expected);
}

// Added one by one, thousands of values round three times as far.
TEST(FewRowsTest, OneQueryOverManyKeysRoundsLikeAShortSum) {
  const c10::InferenceMode inference;
  at::manual_seed(20261129);
  const std::int64_t keys = 6000;
  const at::Tensor query = at::randn({1, 4, 24});
  const at::Tensor key = at::randn({keys, 2, 24}).mul_(0.1);
  const at::Tensor value = at::randn({keys, 2, 24});
  const at::Tensor got =
      MakeCpuKernels()->Attention(query, key, value, {{0, 1}, {0, keys}}, Mask::kNone).view({2, 2, 24});
  const auto exact = [](const at::Tensor& rows) { return rows.to(at::kDouble).transpose(0, 1); };
  const at::Tensor heads = query.to(at::kDouble).view({2, 2, 24});
  const at::Tensor shares = heads.matmul(exact(key).transpose(1, 2)).div(std::sqrt(24.0)).softmax(-1);
  const at::Tensor expected = shares.matmul(exact(value));
  EXPECT_LT(((got - expected).norm() / expected.norm()).item<double>(), 5e-7);
}

INSTANTIATE_TEST_SUITE_P(Types, KernelsTest, ::testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& param) { return std::string(at::toString(param.param)); });

TEST(FastExpTest, IsExpToTwoUnits) {
  for (int step = 0; step < 12'700; ++step) {
    const float x = -87.0F + 0.0137F * static_cast<float>(step);
    const double exact = std::exp(static_cast<double>(x));
    EXPECT_NEAR(FastExp(x) / exact, 1.0, 2.4e-7) << x;
  }
  EXPECT_GT(FastExp(-1000.0F), 0.0F);
  EXPECT_LT(FastExp(1000.0F), INFINITY);
}

}  // namespace
}  // namespace vlr
