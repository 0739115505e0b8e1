#include "model/float8.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/reciprocal.h>

namespace vlr {
namespace {

constexpr double kLargest = 448.0;
// Far below what a sum of squares over a row can resolve, far above where its inverse overflows.
constexpr double kLeastMagnitude = 1e-12;

}  // namespace

Rows Part(const Rows& rows, std::int64_t begin, std::int64_t count) {
  return {rows.values.narrow(0, begin, count),
          rows.scales.defined() ? rows.scales.narrow(0, begin, count) : at::Tensor()};
}

Rows Select(const Rows& rows, const at::Tensor& index) {
  if (!rows.scales.defined()) return {rows.values.index_select(0, index), {}};
  // Not every device selects among eight-bit floats.
  const at::Tensor values = rows.values.view(at::kByte).index_select(0, index);
  return {values.view(rows.values.scalar_type()), rows.scales.index_select(0, index)};
}

at::Tensor RowMagnitudes(const at::Tensor& rows) {
  return rows.abs().amax({-1}, true).clamp_min(kLeastMagnitude);
}

Rows ToFloat8(const at::Tensor& x) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor magnitude = RowMagnitudes(wide);
  // Rounding may carry the largest past the end, which has no infinity to go to.
  const at::Tensor values = (wide * (at::reciprocal(magnitude) * kLargest)).clamp(-kLargest, kLargest);
  return {values.to(at::kFloat8_e4m3fn), magnitude / kLargest};
}

Rows InFormat(const at::Tensor& x, Format format) {
  return format == Format::kFloat8 ? ToFloat8(x) : Rows{x, {}};
}

}  // namespace vlr
