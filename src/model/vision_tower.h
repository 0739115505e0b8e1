// Patches → embeddings of the text decoder: ViT with full attention inside a frame, mergers, DeepStack taps.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/config.h"
#include "model/forward_tap.h"
#include "model/kernels.h"
#include "model/linear.h"
#include "model/weight_loader.h"
#include "pixels/image.h"

namespace vlr {

// One medium's rows of the decoder's input, [tokens, hidden] each, in the compute dtype.
struct VisionFeatures {
  at::Tensor merged;
  std::vector<at::Tensor> deepstack;  // added after decoder layer 0, 1, …
};

class VisionTower {
 public:
  // Failures stay in the loader. Blocks' weights are held in `format`.
  VisionTower(const VisionConfig& config, WeightLoader& loader, at::TensorOptions options,
              const Kernels& kernels, WeightFormat format);

  // Features of each medium. Frames are independent here, so they are packed freely into forwards of at most
  // max_patches patches (or one frame). REQUIRES values that fit the grids.
  std::vector<VisionFeatures> Encode(std::span<const VisionPatches* const> media, std::int64_t max_patches,
                                     ForwardTap* tap) const;

 private:
  struct LayerNorm {
    at::Tensor weight, bias;
  };
  struct Block {
    LayerNorm norm1, norm2;
    Linear qkv, proj, fc1, fc2;
  };
  struct Merger {
    LayerNorm norm;
    Linear fc1, fc2;
    bool norm_after_merge;
  };
  struct Frame {
    const PixelScale* scale;
    const std::uint8_t* bytes;
    std::int64_t height, width;
    std::int64_t patches() const { return height * width; }
  };
  struct Angles {
    at::Tensor cos, sin;  // float32 [patches, head_dim / 2]
  };
  // Of frames by their height and width.
  struct Geometry {
    at::Tensor positions;
    Angles angles;
  };
  using Geometries = std::map<std::pair<std::int64_t, std::int64_t>, Geometry>;

  static LayerNorm LoadNorm(WeightLoader& loader, const std::string& name, std::int64_t size);
  static Linear LoadLinear(WeightLoader& loader, const std::string& name, std::int64_t out, std::int64_t in,
                           WeightFormat format);
  Merger LoadMerger(WeightLoader& loader, const std::string& name, bool norm_after_merge,
                    WeightFormat format) const;

  // Of hidden + delta, which `hidden` is after it; `delta` may be undefined.
  at::Tensor Merged(const Merger& merger, const at::Tensor& hidden, const at::Tensor& delta) const;
  at::Tensor PositionEmbedding(std::int64_t height, std::int64_t width) const;
  Angles RotaryAngles(std::int64_t height, std::int64_t width) const;
  // Gives what is to be added to hidden + delta.
  at::Tensor RunBlock(const Block& block, const at::Tensor& hidden, const at::Tensor& delta,
                      const Angles& angles, const SequenceBounds& bounds) const;
  // [patches, values] of all frames, normalised, on the device in the compute dtype.
  at::Tensor Pixels(std::span<const Frame> frames, std::int64_t patches) const;
  at::Tensor PixelsOnHost(std::span<const Frame> frames, std::int64_t patches) const;
  // The frames' bytes, [patches, values], under way to the device on a stream of their own.
  at::Tensor UploadedBytes(std::span<const Frame> frames, std::int64_t patches) const;
  VisionFeatures EncodeFrames(std::span<const Frame> frames, Geometries* geometries, ForwardTap* tap) const;

  VisionConfig config_;
  at::TensorOptions options_;
  const Kernels& kernels_;
  std::optional<c10::Stream> copies_;     // of a device: what pixels come over on
  at::Tensor patch_weight_, patch_bias_;  // [hidden, channels, frames, rows, columns], [hidden]
  at::Tensor position_table_;             // [side², hidden]
  at::Tensor rotary_frequencies_;
  std::vector<Block> blocks_;
  Merger merger_;
  std::vector<Merger> deepstack_mergers_;
};

}  // namespace vlr
