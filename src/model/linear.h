// A dense layer: y = x Wᵀ + b.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/linear.h>

namespace vlr {

struct Linear {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out], or undefined

  at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }
  // The outputs [begin, begin + count) alone.
  Linear Outputs(std::int64_t begin, std::int64_t count) const {
    return {weight.narrow(0, begin, count), bias.defined() ? bias.narrow(0, begin, count) : at::Tensor()};
  }
};

}  // namespace vlr
