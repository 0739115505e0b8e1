#include "model/int8.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <c10/core/InferenceMode.h>

#include "model/linear.h"

namespace vlr {
namespace {

class Int8Test : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(1); }
  const c10::InferenceMode inference_;
};

// Of the whole, relative.
double Distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kFloat) - b).norm() / b.norm()).item<double>();
}

TEST_F(Int8Test, EachValueIsOffByHalfAScaleAtMost) {
  at::Tensor x = at::randn({16, 300}) * at::randn({16, 1}).exp();
  x[3].zero_();
  const Rows rows = ToInt8(x);
  EXPECT_EQ(rows.values.scalar_type(), at::kChar);
  EXPECT_EQ(rows.values.abs().amax({-1}).sum().item<std::int64_t>(), 15 * 127);
  EXPECT_TRUE((rows.scales > 0).all().item<bool>());
  const at::Tensor error = (rows.values.to(at::kFloat) * rows.scales - x).abs();
  EXPECT_TRUE((error <= rows.scales * 0.5001).all().item<bool>());
}

TEST_F(Int8Test, WeightsAreUnpackedBeforeTheyMultiply) {
  const at::Tensor weight = at::randn({48, 160}).to(at::kBFloat16);
  const at::Tensor bias = at::randn({48}).to(at::kBFloat16);
  const at::Tensor x = at::randn({33, 160}).to(at::kBFloat16);
  const Linear layer = MakeLinear(weight, bias, WeightFormat::kInt8);
  ASSERT_EQ(layer.input, Format::kPlain);
  EXPECT_EQ(layer.weight.nbytes(), 48u * 160u);
  const at::Tensor held = layer.weight.to(at::kFloat) * layer.scales;
  // Rounded once.
  EXPECT_TRUE(at::equal(layer.Unpacked(at::kBFloat16), held.to(at::kBFloat16)));
  EXPECT_TRUE(at::equal(layer.Unpacked(at::kFloat), held));
  const at::Tensor product = layer(x);
  EXPECT_EQ(product.scalar_type(), at::kBFloat16);
  EXPECT_LT(Distance(product, at::linear(x.to(at::kFloat), held, bias.to(at::kFloat))), 4e-3);
  // A quarter of what eight-bit floats for both factors would cost.
  EXPECT_LT(Distance(product, at::linear(x.to(at::kFloat), weight.to(at::kFloat), bias.to(at::kFloat))),
            0.01);
  EXPECT_TRUE(at::equal(layer.Outputs(16, 20)(x), product.narrow(1, 16, 20)));
}

}  // namespace
}  // namespace vlr
