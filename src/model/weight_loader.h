// Tensors of a checkpoint on their way to a device and a compute dtype.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/linear.h"
#include "model/safetensors.h"

namespace vlr {

// Each call checks one tensor's name, dtype and shape. The first failure is kept and every call after it
// gives an empty tensor, so that a caller checks error() once, before it computes. A CPU tensor that needs no
// conversion stays in the file's mapping, which it keeps alive; all others are copies.
class WeightLoader {
 public:
  WeightLoader(std::shared_ptr<const TensorFiles> files, at::Device device, at::ScalarType dtype,
               std::function<void(double)> progress);

  // In the compute dtype.
  at::Tensor Take(const std::string& name, at::IntArrayRef shape);
  // Tensors with equal trailing extents one after the other along the first, as one tensor.
  at::Tensor TakeFused(const std::vector<std::string>& names,
                       const std::vector<std::vector<std::int64_t>>& shapes);
  // In the stored dtype, not converted, on any device.
  at::Tensor TakeStored(const std::string& name, at::IntArrayRef shape, at::Device device);
  // Some rows of a matrix, in the compute dtype: [rows.size(), shape[1]].
  at::Tensor TakeRows(const std::string& name, at::IntArrayRef shape, const std::vector<std::int64_t>& rows);

  // MakeLinear of tensors taken before.
  Linear Packed(const at::Tensor& weight, const at::Tensor& bias, WeightFormat format);

  const std::optional<Error>& error() const { return error_; }
  std::int64_t bytes() const { return bytes_; }
  // Names in the checkpoint that no call has asked for.
  std::vector<std::string> Unused() const;

 private:
  const StoredTensor* Checked(const std::string& name, at::IntArrayRef shape);
  at::Tensor View(const StoredTensor& tensor) const;
  at::Tensor Converted(const at::Tensor& view) const;
  at::Tensor Account(at::Tensor tensor, std::size_t stored_bytes);

  std::shared_ptr<const TensorFiles> files_;
  at::Device device_;
  at::ScalarType dtype_;
  std::function<void(double)> progress_;
  std::optional<Error> error_;
  std::set<std::string> used_;
  std::int64_t bytes_ = 0;
  double stored_total_ = 0;
  double stored_done_ = 0;
};

}  // namespace vlr
