#include "model/encoded_features.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/stack.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>
#include <vector>

namespace vlr {
namespace {

std::shared_ptr<EncodedVision> Shaped(const VisionFeatures& features) {
  auto encoded = std::make_shared<EncodedVision>();
  encoded->layers = 1 + std::ssize(features.deepstack);
  encoded->tokens = features.merged.size(0);
  encoded->hidden = features.merged.size(1);
  return encoded;
}

std::vector<at::Tensor> ListOf(const VisionFeatures& features) {
  std::vector<at::Tensor> layers = {features.merged};
  layers.insert(layers.end(), features.deepstack.begin(), features.deepstack.end());
  return layers;
}

// Every layer in one tensor of the host, [layers, tokens, hidden].
at::Tensor OnHost(const VisionFeatures& features) {
  const at::Device device = features.merged.device();
  const auto options = features.merged.options().device(at::kCPU).pinned_memory(!device.is_cpu());
  const std::vector<at::Tensor> layers = ListOf(features);
  const at::Tensor all =
      at::empty({std::ssize(layers), features.merged.size(0), features.merged.size(1)}, options);
  for (std::int64_t i = 0; i < std::ssize(layers); ++i) {
    all.select(0, i).copy_(layers[static_cast<std::size_t>(i)], /*non_blocking=*/true);
  }
  if (!device.is_cpu()) {
    const c10::impl::VirtualGuardImpl guard(device.type());
    guard.synchronizeStream(guard.getStream(device));
  }
  return all;
}

// Of [layers, tokens, hidden].
VisionFeatures LayersOf(const at::Tensor& all) {
  VisionFeatures features{all.select(0, 0), {}};
  for (std::int64_t i = 1; i < all.size(0); ++i) features.deepstack.push_back(all.select(0, i));
  return features;
}

}  // namespace

VisionFeatures CopyOf(const VisionFeatures& features) {
  return LayersOf(at::stack(ListOf(features)));
}

std::shared_ptr<const EncodedVision> ToHost(const VisionFeatures& features) {
  const auto encoded = Shaped(features);
  const at::Tensor all = OnHost(features);
  const auto* bytes = static_cast<const std::byte*>(all.const_data_ptr());
  encoded->values.assign(bytes, bytes + all.nbytes());
  return encoded;
}

std::shared_ptr<const EncodedVision> LeftOnDevice(VisionFeatures features) {
  const auto encoded = Shaped(features);
  encoded->on_device = std::make_shared<const VisionFeatures>(std::move(features));
  return encoded;
}

const VisionFeatures* OnDevice(const EncodedVision& encoded) {
  return static_cast<const VisionFeatures*>(encoded.on_device.get());
}

VisionFeatures FeaturesOf(const std::shared_ptr<const EncodedVision>& encoded,
                          const at::TensorOptions& options) {
  if (const VisionFeatures* const there = OnDevice(*encoded)) {
    VisionFeatures features{there->merged.to(options.device()), {}};
    for (const at::Tensor& layer : there->deepstack) features.deepstack.push_back(layer.to(options.device()));
    return features;
  }
  // from_blob takes no const pointer; nothing writes to features.
  auto* values = const_cast<std::byte*>(encoded->values.data());
  const at::Tensor all = at::from_blob(
                             values, {encoded->layers, encoded->tokens, encoded->hidden}, [encoded](void*) {},
                             options.device(at::kCPU))
                             .to(options.device());
  return LayersOf(all);
}

}  // namespace vlr
