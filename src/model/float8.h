// Rows in eight-bit floats (e4m3fn: 448 at most) with a float32 scale each.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace vlr {

// What a dense layer takes.
enum class Format {
  kPlain,   // values of the compute dtype
  kFloat8,  // eight-bit floats with scales
};

// Rows [n, d] on their way into a dense layer.
struct Rows {
  at::Tensor values;
  at::Tensor scales;  // [n, 1] float32 for eight-bit values; undefined for others
};

// The rows [begin, begin + count), and those of an index [k] int64.
Rows Part(const Rows& rows, std::int64_t begin, std::int64_t count);
Rows Select(const Rows& rows, const at::Tensor& index);

// The largest magnitude in each row of float32 [n, d] → [n, 1], or a number next to nothing: never 0.
at::Tensor RowMagnitudes(const at::Tensor& rows);

// Each row of x [n, d] by its own scale, the largest magnitude / 448, so that none overflows: x ≈ values ·
// scales. A row of zeros gets a scale that is not 0.
Rows ToFloat8(const at::Tensor& x);

// `x` as it is, or ToFloat8 of it.
Rows InFormat(const at::Tensor& x, Format format);

}  // namespace vlr
