#include "model/host_features.h"

#include <ATen/ops/from_blob.h>

#include <cstring>
#include <utility>

namespace vlr {

std::shared_ptr<const EncodedVision> ToHost(const VisionFeatures& features) {
  auto encoded = std::make_shared<EncodedVision>();
  encoded->layers = 1 + std::ssize(features.deepstack);
  encoded->tokens = features.merged.size(0);
  encoded->hidden = features.merged.size(1);
  const std::size_t layer_bytes = features.merged.nbytes();
  encoded->values.resize(layer_bytes * static_cast<std::size_t>(encoded->layers));
  std::byte* out = encoded->values.data();
  const auto append = [&](const at::Tensor& rows) {
    const at::Tensor host = rows.to(at::kCPU).contiguous();
    std::memcpy(out, host.const_data_ptr(), layer_bytes);
    out += layer_bytes;
  };
  append(features.merged);
  for (const at::Tensor& layer : features.deepstack) append(layer);
  return encoded;
}

VisionFeatures FromHost(const std::shared_ptr<const EncodedVision>& encoded,
                        const at::TensorOptions& options) {
  // from_blob takes no const pointer; nothing writes to features.
  auto* values = const_cast<std::byte*>(encoded->values.data());
  const at::Tensor all = at::from_blob(
                             values, {encoded->layers, encoded->tokens, encoded->hidden}, [encoded](void*) {},
                             options.device(at::kCPU))
                             .to(options.device());
  VisionFeatures features;
  features.merged = all.select(0, 0);
  for (std::int64_t i = 1; i < encoded->layers; ++i) features.deepstack.push_back(all.select(0, i));
  return features;
}

}  // namespace vlr
