#include "model/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_scaled_mm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>

#include <algorithm>

namespace vlr {
namespace {

constexpr std::int64_t kPackedOutputs = 1024;  // at a time

// The product of eight-bit rows as the device computes it: exact products, float32 sums, one rounding.
at::Tensor Float8Product(const Rows& x, const Linear& layer) {
  if (x.values.is_cuda()) {
    return at::_scaled_mm(x.values, layer.weight.t(), x.scales, layer.scales.t(),
                          layer.bias.defined() ? std::optional(layer.bias) : std::nullopt, std::nullopt,
                          at::kBFloat16, true);
  }
  at::Tensor product = at::linear(x.values.to(at::kFloat), layer.weight.to(at::kFloat));
  product.mul_(x.scales).mul_(layer.scales.t());
  if (layer.bias.defined()) product.add_(layer.bias);
  return product.to(at::kBFloat16);
}

}  // namespace

at::Tensor Linear::operator()(const Rows& x) const {
  if (!scales.defined()) return at::linear(x.values, weight, bias);
  if (x.scales.defined()) return Float8Product(x, *this);
  const auto dtype = x.values.scalar_type();
  return at::linear(x.values, weight.to(dtype).mul_(scales.to(dtype)), bias);
}

Linear Linear::Outputs(std::int64_t begin, std::int64_t count) const {
  const auto part = [&](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.narrow(0, begin, count) : tensor;
  };
  return {part(weight), part(bias), part(scales), input};
}

Linear MakeLinear(const at::Tensor& weight, const at::Tensor& bias, WeightFormat format) {
  if (format == WeightFormat::kPlain || weight.dim() != 2) return {weight, bias, {}, Format::kPlain};
  const std::int64_t outputs = weight.size(0);
  Linear layer{at::empty_like(weight, at::TensorOptions(at::kFloat8_e4m3fn)), bias,
               at::empty({outputs, 1}, weight.options().dtype(at::kFloat)),
               format == WeightFormat::kFloat8 ? Format::kFloat8 : Format::kPlain};
  // Part by part: what is computed on the way is float32.
  for (std::int64_t begin = 0; begin < outputs; begin += kPackedOutputs) {
    const std::int64_t count = std::min(kPackedOutputs, outputs - begin);
    const Rows packed = ToFloat8(weight.narrow(0, begin, count));
    layer.weight.narrow(0, begin, count).copy_(packed.values);
    layer.scales.narrow(0, begin, count).copy_(packed.scales);
  }
  return layer;
}

}  // namespace vlr
