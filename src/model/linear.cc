#include "model/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_scaled_mm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mul.h>

#include <algorithm>

#include "model/int8.h"

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
  return at::linear(x.values, Unpacked(x.values.scalar_type()), bias);
}

at::Tensor Linear::Unpacked(at::ScalarType dtype) const {
  if (weight.scalar_type() == at::kFloat8_e4m3fn) return weight.to(dtype).mul_(scales.to(dtype));
  at::Tensor unpacked = at::empty(weight.sizes(), weight.options().dtype(dtype));
  return at::mul_out(unpacked, weight, scales);
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
  const bool integers = format == WeightFormat::kInt8;
  Linear layer{at::empty_like(weight, at::TensorOptions(integers ? at::kChar : at::kFloat8_e4m3fn)), bias,
               at::empty({outputs, 1}, weight.options().dtype(at::kFloat)),
               format == WeightFormat::kFloat8 ? Format::kFloat8 : Format::kPlain};
  // Part by part: what is computed on the way is float32.
  for (std::int64_t begin = 0; begin < outputs; begin += kPackedOutputs) {
    const std::int64_t count = std::min(kPackedOutputs, outputs - begin);
    const at::Tensor part = weight.narrow(0, begin, count);
    const Rows packed = integers ? ToInt8(part) : ToFloat8(part);
    layer.weight.narrow(0, begin, count).copy_(packed.values);
    layer.scales.narrow(0, begin, count).copy_(packed.scales);
  }
  return layer;
}

}  // namespace vlr
