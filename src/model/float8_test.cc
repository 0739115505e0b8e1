#include "model/float8.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "model/linear.h"

namespace vlr {
namespace {

class Float8Test : public ::testing::Test {
 protected:
  Float8Test() { at::manual_seed(20261122); }

  static at::Tensor Unpacked(const Rows& rows) { return rows.values.to(at::kFloat) * rows.scales; }
  // ‖a - b‖ / ‖b‖.
  static double Distance(const at::Tensor& a, const at::Tensor& b) {
    return ((a.to(at::kFloat) - b).norm() / b.norm()).item<double>();
  }

  c10::InferenceMode inference_;
};

// Four bits of a number's fraction count, the leading one included: half a unit is a sixteenth of it at most.
TEST_F(Float8Test, KeepsEachValueToASixteenth) {
  const at::Tensor x = at::randn({50, 333}) * at::randn({50, 1}).exp();
  const at::Tensor error = (Unpacked(ToFloat8(x)) - x).abs();
  // Below the normal numbers, 2⁻⁶ times the scale, half a unit is 2⁻¹⁰ of it.
  const at::Tensor bound = x.abs() / 16 + ToFloat8(x).scales / 1024;
  EXPECT_TRUE((error <= bound * 1.0001).all().item<bool>());
  EXPECT_GT(error.max().item<float>(), 0.0F);
}

TEST_F(Float8Test, TheLargestOfARowIsTheLargestNumber) {
  const at::Tensor x = at::tensor({0.25F, -3.5F, 1.75F, 0.0F}).view({1, 4});
  const Rows rows = ToFloat8(x);
  EXPECT_EQ(rows.values.to(at::kFloat)[0][1].item<float>(), -448.0F);
  EXPECT_TRUE(at::equal(Unpacked(rows), x));
}

TEST_F(Float8Test, ARowOfZerosStaysZero) {
  const Rows rows = ToFloat8(at::zeros({3, 16}));
  EXPECT_TRUE(at::equal(Unpacked(rows), at::zeros({3, 16})));
  EXPECT_TRUE((rows.scales > 0).all().item<bool>());
}

// A row's outliers cost its own small values, no other row's.
TEST_F(Float8Test, OutliersStayInTheirRow) {
  at::Tensor x = at::randn({8, 256});
  const at::Tensor clean = Unpacked(ToFloat8(x)).narrow(0, 1, 7).clone();
  x[0][7] = 1000.0F;
  EXPECT_TRUE(at::equal(Unpacked(ToFloat8(x)).narrow(0, 1, 7), clean));
}

TEST_F(Float8Test, AProductIsThatOfTheUnpackedFactors) {
  const at::Tensor weight = at::randn({48, 160});
  const at::Tensor bias = at::randn({48}).to(at::kBFloat16);
  const at::Tensor x = at::randn({33, 160}).to(at::kBFloat16);
  const Linear layer = MakeLinear(weight, bias, WeightFormat::kFloat8);
  ASSERT_EQ(layer.input, Format::kFloat8);
  const at::Tensor exact = at::linear(Unpacked(ToFloat8(x)), Unpacked({layer.weight, layer.scales})) + bias;
  EXPECT_EQ(layer(x).scalar_type(), at::kBFloat16);
  EXPECT_LT(Distance(layer(x), exact), 4e-3);
  // Each factor is off by 2.6 % in the mean square.
  EXPECT_LT(Distance(layer(x), at::linear(x.to(at::kFloat), weight, bias.to(at::kFloat))), 0.05);
  EXPECT_TRUE(at::equal(layer.Outputs(16, 20)(x), layer(x).narrow(1, 16, 20)));
}

TEST_F(Float8Test, UnpackedWeightsMultiplyRowsAsTheyAre) {
  const at::Tensor weight = at::randn({48, 160});
  const at::Tensor x = at::randn({33, 160}).to(at::kBFloat16);
  const Linear layer = MakeLinear(weight, {}, WeightFormat::kFloat8Unpacked);
  ASSERT_EQ(layer.input, Format::kPlain);
  EXPECT_EQ(layer.weight.nbytes(), 48u * 160u);
  const at::Tensor exact = at::linear(x.to(at::kFloat), Unpacked({layer.weight, layer.scales}));
  EXPECT_LT(Distance(layer(x), exact), 6e-3);
}

TEST_F(Float8Test, RowsAreTakenWithTheirScales) {
  const Rows rows = ToFloat8(at::randn({9, 32}));
  const at::Tensor whole = Unpacked(rows);
  EXPECT_TRUE(at::equal(Unpacked(Part(rows, 2, 5)), whole.narrow(0, 2, 5)));
  const at::Tensor index = at::tensor({7, 0, 7});
  EXPECT_TRUE(at::equal(Unpacked(Select(rows, index)), whole.index_select(0, index)));
}

}  // namespace
}  // namespace vlr
