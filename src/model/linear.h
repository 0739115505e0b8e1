// A dense layer: y = x Wᵀ + b.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/float8.h"

namespace vlr {

// How a layer's weights are held and multiplied.
enum class WeightFormat {
  kPlain,           // in the compute dtype
  kFloat8,          // eight-bit floats, one scale an output; so are the rows they multiply
  kFloat8Unpacked,  // held so, unpacked to the compute dtype before they multiply
  kInt8,            // eight-bit integers, one scale an output; unpacked likewise
};

struct Linear {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out], or undefined
  at::Tensor scales;  // [out, 1] float32 of an eight-bit weight; else undefined
  Format input = Format::kPlain;

  // The result is in the bias's, weight's or the rows' dtype that is not eight-bit; of eight-bit rows and an
  // eight-bit weight in bfloat16. REQUIRES rows in the format `input`.
  at::Tensor operator()(const Rows& x) const;
  at::Tensor operator()(const at::Tensor& x) const { return (*this)(InFormat(x, input)); }
  // The outputs [begin, begin + count) alone.
  Linear Outputs(std::int64_t begin, std::int64_t count) const;
  // An eight-bit weight in another dtype, each value rounded once or twice.
  at::Tensor Unpacked(at::ScalarType dtype) const;
};

// A layer of these weights in that format. `weight` may be given in any floating dtype when it is to be
// packed; in kPlain it is kept.
Linear MakeLinear(const at::Tensor& weight, const at::Tensor& bias, WeightFormat format);

}  // namespace vlr
