#include "model/weight_loader.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <utility>

namespace vlr {
namespace {

std::optional<at::ScalarType> ScalarTypeOf(StorageType type) {
  switch (type) {
    case StorageType::kFloat32:
      return at::kFloat;
    case StorageType::kFloat16:
      return at::kHalf;
    case StorageType::kBFloat16:
      return at::kBFloat16;
    case StorageType::kOther:
      break;
  }
  return std::nullopt;
}

}  // namespace

WeightLoader::WeightLoader(std::shared_ptr<const TensorFiles> files, at::Device device, at::ScalarType dtype,
                           std::function<void(double)> progress)
    : files_(std::move(files)), device_(device), dtype_(dtype), progress_(std::move(progress)) {
  for (const auto& [name, tensor] : files_->tensors())
    stored_total_ += static_cast<double>(tensor.bytes.size());
}

const StoredTensor* WeightLoader::Checked(const std::string& name, at::IntArrayRef shape) {
  if (error_) return nullptr;
  const auto tensor = files_->Expect(name, shape);
  if (!tensor) {
    error_ = tensor.error();
    return nullptr;
  }
  used_.insert(name);
  return *tensor;
}

// Values in the mapping; copied when they lie askew in the file.
at::Tensor WeightLoader::View(const StoredTensor& tensor) const {
  const at::ScalarType type = *ScalarTypeOf(tensor.type);
  // from_blob takes no const pointer; nothing writes to a weight.
  auto* data = const_cast<std::byte*>(tensor.bytes.data());
  const auto keep_alive = [files = files_](void*) {};
  if (reinterpret_cast<std::uintptr_t>(data) % at::elementSize(type) == 0) {
    return at::from_blob(data, tensor.shape, keep_alive, at::TensorOptions(type));
  }
  at::Tensor copy = at::empty(tensor.shape, at::TensorOptions(type));
  std::copy(tensor.bytes.begin(), tensor.bytes.end(), static_cast<std::byte*>(copy.mutable_data_ptr()));
  return copy;
}

// To the device in the stored dtype first: fewer bytes to move.
at::Tensor WeightLoader::Converted(const at::Tensor& view) const {
  return view.to(device_).to(dtype_);
}

at::Tensor WeightLoader::Account(at::Tensor tensor, std::size_t stored_bytes) {
  bytes_ += static_cast<std::int64_t>(tensor.nbytes());
  stored_done_ += static_cast<double>(stored_bytes);
  if (progress_ && stored_total_ > 0) progress_(std::min(1.0, stored_done_ / stored_total_));
  return tensor;
}

at::Tensor WeightLoader::Take(const std::string& name, at::IntArrayRef shape) {
  const StoredTensor* tensor = Checked(name, shape);
  if (tensor == nullptr) return at::empty({0});
  return Account(Converted(View(*tensor)), tensor->bytes.size());
}

at::Tensor WeightLoader::TakeFused(const std::vector<std::string>& names,
                                   const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<const StoredTensor*> parts;
  for (std::size_t i = 0; i < names.size(); ++i) parts.push_back(Checked(names[i], shapes[i]));
  if (error_) return at::empty({0});
  std::vector<std::int64_t> shape = shapes[0];
  shape[0] = 0;
  for (const auto& part : shapes) shape[0] += part[0];

  std::size_t stored_bytes = 0;
  bool adjacent = true;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    stored_bytes += parts[i]->bytes.size();
    adjacent = adjacent && parts[i]->type == parts[0]->type &&
               (i == 0 || parts[i - 1]->bytes.data() + parts[i - 1]->bytes.size() == parts[i]->bytes.data());
  }
  if (adjacent) {  // the file has fused them already
    StoredTensor whole = *parts[0];
    whole.shape = shape;
    whole.bytes = {parts[0]->bytes.data(), stored_bytes};
    return Account(Converted(View(whole)), stored_bytes);
  }
  at::Tensor fused = at::empty(shape, at::TensorOptions(dtype_).device(device_));
  std::int64_t row = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    fused.narrow(0, row, shapes[i][0]).copy_(View(*parts[i]));
    row += shapes[i][0];
  }
  return Account(std::move(fused), stored_bytes);
}

at::Tensor WeightLoader::TakeStored(const std::string& name, at::IntArrayRef shape, at::Device device) {
  const StoredTensor* tensor = Checked(name, shape);
  if (tensor == nullptr) return at::empty({0});
  return Account(View(*tensor).to(device), tensor->bytes.size());
}

at::Tensor WeightLoader::TakeRows(const std::string& name, at::IntArrayRef shape,
                                  const std::vector<std::int64_t>& rows) {
  const StoredTensor* tensor = Checked(name, shape);
  if (tensor == nullptr) return at::empty({0});
  return Account(Converted(View(*tensor).index_select(0, at::tensor(rows))), tensor->bytes.size());
}

Linear WeightLoader::Packed(const at::Tensor& weight, const at::Tensor& bias, WeightFormat format) {
  const Linear layer = MakeLinear(weight, bias, format);
  bytes_ += static_cast<std::int64_t>(layer.weight.nbytes()) - static_cast<std::int64_t>(weight.nbytes());
  if (layer.scales.defined()) bytes_ += static_cast<std::int64_t>(layer.scales.nbytes());
  return layer;
}

std::vector<std::string> WeightLoader::Unused() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : files_->tensors()) {
    if (!used_.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace vlr
