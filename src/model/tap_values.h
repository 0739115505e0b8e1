// A tensor as float32 on the host, for a ForwardTap.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <span>

namespace vlr {

class TapValues {
 public:
  explicit TapValues(const at::Tensor& tensor) : values_(tensor.to(at::kCPU, at::kFloat).contiguous()) {}
  std::span<const float> span() const {
    return {values_.const_data_ptr<float>(), static_cast<std::size_t>(values_.numel())};
  }

 private:
  at::Tensor values_;
};

}  // namespace vlr
