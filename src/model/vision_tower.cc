#include "model/vision_tower.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "model/tap_values.h"
#include "model/upload.h"
#include "pixels/patches.h"

namespace vlr {
namespace {

constexpr double kLayerNormEps = 1e-6;
constexpr double kRotaryTheta = 10000.0;

// [height · width, …] in raster order → the same rows block by block of merge × merge patches.
at::Tensor InMergeOrder(const at::Tensor& raster, std::int64_t height, std::int64_t width,
                        std::int64_t merge) {
  return raster.view({height / merge, merge, width / merge, merge, -1})
      .permute({0, 2, 1, 3, 4})
      .reshape({height * width, -1});
}

// Where a side of `size` patches falls on a table of `side` rows: the row before, the row after, the share of
// the latter.
struct Interpolation {
  at::Tensor low, high, weight;
};
Interpolation Interpolate(std::int64_t size, std::int64_t side) {
  const at::Tensor at_row = at::linspace(0, side - 1, size, at::TensorOptions(at::kFloat));
  const at::Tensor low = at_row.to(at::kLong);
  return {low, (low + 1).clamp_max(side - 1), at_row - low};
}

constexpr std::int64_t kFirstPackShare = 4;
constexpr std::int64_t kPatchesAtOnce = 256;  // by one thread at a time, at least
constexpr std::int64_t kScaledAtOnce = 4096;  // patches on a device: their float32 stays in its cache
constexpr std::int64_t kChannels = 3;

}  // namespace

VisionTower::VisionTower(const VisionConfig& config, WeightLoader& loader, at::TensorOptions options,
                         const Kernels& kernels, WeightFormat format)
    : config_(config), options_(options), kernels_(kernels) {
  const std::string root = "model.visual.";
  const std::int64_t hidden = config.hidden_size;
  patch_weight_ = loader.Take(
      root + "patch_embed.proj.weight",
      {hidden, config.in_channels, config.temporal_patch_size, config.patch_size, config.patch_size});
  patch_bias_ = loader.Take(root + "patch_embed.proj.bias", {hidden});
  position_table_ = loader.Take(root + "pos_embed.weight", {config.num_position_embeddings, hidden});
  for (std::int64_t i = 0; i < config.depth; ++i) {
    const std::string name = root + "blocks." + std::to_string(i) + ".";
    blocks_.push_back({
        .norm1 = LoadNorm(loader, name + "norm1", hidden),
        .norm2 = LoadNorm(loader, name + "norm2", hidden),
        .qkv = LoadLinear(loader, name + "attn.qkv", 3 * hidden, hidden, format),
        .proj = LoadLinear(loader, name + "attn.proj", hidden, hidden, format),
        .fc1 = LoadLinear(loader, name + "mlp.linear_fc1", config.intermediate_size, hidden, format),
        .fc2 = LoadLinear(loader, name + "mlp.linear_fc2", hidden, config.intermediate_size, format),
    });
  }
  merger_ = LoadMerger(loader, root + "merger.", false, format);
  for (std::size_t i = 0; i < config.deepstack_visual_indexes.size(); ++i) {
    deepstack_mergers_.push_back(
        LoadMerger(loader, root + "deepstack_merger_list." + std::to_string(i) + ".", true, format));
  }
  if (loader.error()) return;
  if (!options.device().is_cpu()) {
    copies_ = c10::impl::VirtualGuardImpl(options.device().type()).getStreamFromGlobalPool(options.device());
  }

  const std::int64_t rotary_dim = config.head_dim() / 2;
  const at::Tensor exponents = at::arange(0, rotary_dim, 2, at::TensorOptions(at::kFloat)) / rotary_dim;
  rotary_frequencies_ = 1.0 / at::pow(at::Scalar(kRotaryTheta), exponents);
}

VisionTower::LayerNorm VisionTower::LoadNorm(WeightLoader& loader, const std::string& name,
                                             std::int64_t size) {
  return {loader.Take(name + ".weight", {size}), loader.Take(name + ".bias", {size})};
}

Linear VisionTower::LoadLinear(WeightLoader& loader, const std::string& name, std::int64_t out,
                               std::int64_t in, WeightFormat format) {
  const at::Tensor weight = loader.Take(name + ".weight", {out, in});
  return loader.Packed(weight, loader.Take(name + ".bias", {out}), format);
}

VisionTower::Merger VisionTower::LoadMerger(WeightLoader& loader, const std::string& name,
                                            bool norm_after_merge, WeightFormat format) const {
  const std::int64_t merged = config_.hidden_size * config_.merge_unit();
  return {
      .norm = LoadNorm(loader, name + "norm", norm_after_merge ? merged : config_.hidden_size),
      .fc1 = LoadLinear(loader, name + "linear_fc1", merged, merged, format),
      .fc2 = LoadLinear(loader, name + "linear_fc2", config_.out_hidden_size, merged, format),
      .norm_after_merge = norm_after_merge,
  };
}

at::Tensor VisionTower::Merged(const Merger& merger, const at::Tensor& hidden,
                               const at::Tensor& delta) const {
  const std::int64_t width = config_.hidden_size * config_.merge_unit();
  const auto merged = [&](const at::Tensor& rows) { return rows.defined() ? rows.view({-1, width}) : rows; };
  const auto normalised = [&](const at::Tensor& rows, const at::Tensor& added, Format format) {
    return kernels_.AddLayerNorm(rows, added, merger.norm.weight, merger.norm.bias, kLayerNormEps, format);
  };
  const Format format = merger.fc1.input;
  const Rows rows = merger.norm_after_merge
                        ? normalised(merged(hidden), merged(delta), format)
                        : kernels_.ToFormat(merged(normalised(hidden, delta, Format::kPlain).values), format);
  return kernels_.Apply(merger.fc2,
                        kernels_.ToFormat(at::gelu(kernels_.Apply(merger.fc1, rows)), merger.fc2.input));
}

// Bilinear reading of the learnt square table, corners aligned; weights are rounded to the model's dtype
// before they multiply. [height · width, hidden] in merge order.
at::Tensor VisionTower::PositionEmbedding(std::int64_t height, std::int64_t width) const {
  const auto side =
      static_cast<std::int64_t>(std::sqrt(static_cast<double>(config_.num_position_embeddings)));
  const Interpolation y = Interpolate(height, side);
  const Interpolation x = Interpolate(width, side);
  const auto corner = [&](const at::Tensor& row, const at::Tensor& column, const at::Tensor& row_weight,
                          const at::Tensor& column_weight) {
    const auto ordered = [&](const at::Tensor& raster) {
      return Upload(InMergeOrder(raster, height, width, config_.spatial_merge_size).flatten(),
                    options_.device());
    };
    const at::Tensor index = ordered(row.unsqueeze(1) * side + column.unsqueeze(0));
    const at::Tensor weight = ordered(row_weight.unsqueeze(1) * column_weight.unsqueeze(0));
    return position_table_.index_select(0, index) * weight.to(options_.dtype()).unsqueeze(1);
  };
  at::Tensor sum = corner(y.low, x.low, 1 - y.weight, 1 - x.weight);
  sum = sum + corner(y.low, x.high, 1 - y.weight, x.weight);
  sum = sum + corner(y.high, x.low, y.weight, 1 - x.weight);
  return sum + corner(y.high, x.high, y.weight, x.weight);
}

VisionTower::Angles VisionTower::RotaryAngles(std::int64_t height, std::int64_t width) const {
  const auto axis = [&](std::int64_t size) {
    return at::outer(at::arange(size, at::TensorOptions(at::kFloat)), rotary_frequencies_);
  };
  const std::int64_t frequencies = rotary_frequencies_.size(0);
  const at::Tensor rows = axis(height).unsqueeze(1).expand({height, width, frequencies});
  const at::Tensor columns = axis(width).unsqueeze(0).expand({height, width, frequencies});
  const at::Tensor angles = InMergeOrder(at::cat({rows, columns}, -1).view({height * width, -1}), height,
                                         width, config_.spatial_merge_size);
  return {Upload(angles.cos(), options_.device()), Upload(angles.sin(), options_.device())};
}

at::Tensor VisionTower::RunBlock(const Block& block, const at::Tensor& hidden, const at::Tensor& delta,
                                 const Angles& angles, const SequenceBounds& bounds) const {
  const auto normalised = [&](const at::Tensor& added, const LayerNorm& norm, Format format) {
    return kernels_.AddLayerNorm(hidden, added, norm.weight, norm.bias, kLayerNormEps, format);
  };
  const at::Tensor qkv = kernels_.Apply(block.qkv, normalised(delta, block.norm1, block.qkv.input))
                             .view({hidden.size(0), 3, config_.num_heads, config_.head_dim()});
  kernels_.RotateFused(qkv, angles.cos, angles.sin);
  const at::Tensor attended =
      kernels_.Attention(qkv.select(1, 0), qkv.select(1, 1), qkv.select(1, 2), bounds, Mask::kNone);
  const at::Tensor mixed = kernels_.Apply(block.proj, kernels_.ToFormat(attended, block.proj.input));
  return kernels_.Apply(
      block.fc2,
      kernels_.LinearGeluTanh(block.fc1, normalised(mixed, block.norm2, block.fc1.input), block.fc2.input));
}

at::Tensor VisionTower::PixelsOnHost(std::span<const Frame> frames, std::int64_t patches) const {
  const std::int64_t width = config_.patch_values();
  const at::Tensor pixels = at::empty({patches, width}, at::TensorOptions(at::kFloat));
  float* row = pixels.mutable_data_ptr<float>();
  for (const Frame& frame : frames) {
    const PixelTable table(*frame.scale);
    at::parallel_for(0, frame.patches(), kPatchesAtOnce, [&](std::int64_t begin, std::int64_t end) {
      table.Normalise(frame.bytes + begin * width, end - begin, width / kChannels, row + begin * width);
    });
    row += frame.patches() * width;
  }
  return pixels.to(options_.dtype());
}

at::Tensor VisionTower::UploadedBytes(std::span<const Frame> frames, std::int64_t patches) const {
  const std::int64_t width = config_.patch_values();
  // Pages that a device reads by itself: the copy is under way while the next pack is gathered.
  const at::Tensor bytes = at::empty({patches, width}, at::TensorOptions(at::kByte).pinned_memory(true));
  auto* row = bytes.mutable_data_ptr<std::uint8_t>();
  for (const Frame& frame : frames) {
    at::parallel_for(0, frame.patches(), kPatchesAtOnce, [&](std::int64_t begin, std::int64_t end) {
      std::copy(frame.bytes + begin * width, frame.bytes + end * width, row + begin * width);
    });
    row += frame.patches() * width;
  }
  // On a stream of its own: the device goes on with the pack before.
  const c10::Stream computing =
      c10::impl::VirtualGuardImpl(options_.device().type()).getStream(options_.device());
  const c10::StreamGuard guard(*copies_);
  const at::Tensor copied = bytes.to(options_.device(), /*non_blocking=*/true);
  c10::Event arrived(options_.device().type());
  arrived.record(*copies_);
  computing.wait(arrived);
  copied.record_stream(computing);
  return copied;
}

at::Tensor VisionTower::Pixels(std::span<const Frame> frames, std::int64_t patches) const {
  if (options_.device().is_cpu()) return PixelsOnHost(frames, patches);
  const std::int64_t width = config_.patch_values();
  const at::Tensor bytes = UploadedBytes(frames, patches);
  const at::Tensor pixels = at::empty({patches, width}, options_);
  const auto channels = [&](const std::array<float, kChannels>& values) {
    const at::Tensor host = at::from_blob(const_cast<float*>(values.data()), {kChannels, 1}, at::kFloat);
    return Upload(host, options_.device());
  };
  std::int64_t row = 0;
  for (std::size_t begin = 0, end = 0; begin < frames.size(); begin = end) {
    const PixelScale& scale = *frames[begin].scale;
    std::int64_t last = row;
    for (; end < frames.size() && *frames[end].scale == scale; ++end) last += frames[end].patches();
    const at::Tensor mean = channels(scale.mean), deviation = channels(scale.deviation);
    while (row < last) {
      const std::int64_t count = std::min(last - row, kScaledAtOnce);
      const at::Tensor values = bytes.narrow(0, row, count).view({count, kChannels, -1}).to(at::kFloat);
      pixels.narrow(0, row, count).copy_(values.sub_(mean).div_(deviation).view({count, width}));
      row += count;
    }
  }
  return pixels;
}

VisionFeatures VisionTower::EncodeFrames(std::span<const Frame> frames, Geometries* geometries,
                                         ForwardTap* tap) const {
  std::vector<at::Tensor> positions, cosines, sines;
  SequenceBounds bounds{{0}, {0}};
  for (const Frame& frame : frames) {
    auto [geometry, added] = geometries->try_emplace({frame.height, frame.width});
    if (added) {
      geometry->second = {PositionEmbedding(frame.height, frame.width),
                          RotaryAngles(frame.height, frame.width)};
    }
    positions.push_back(geometry->second.positions);
    cosines.push_back(geometry->second.angles.cos);
    sines.push_back(geometry->second.angles.sin);
    bounds.query.push_back(bounds.query.back() + frame.patches());
  }
  bounds.key = bounds.query;
  kernels_.Prepare(bounds);
  const Angles angles{at::cat(cosines), at::cat(sines)};

  at::Tensor hidden =
      kernels_.PatchEmbedding(Pixels(frames, bounds.query.back()), patch_weight_, patch_bias_);
  hidden.add_(at::cat(positions));

  VisionFeatures features;
  at::Tensor delta;
  const auto& taps = config_.deepstack_visual_indexes;
  for (std::int64_t i = 0; i < config_.depth; ++i) {
    delta = RunBlock(blocks_[static_cast<std::size_t>(i)], hidden, delta, angles, bounds);
    const auto found = std::find(taps.begin(), taps.end(), i);
    if (tap != nullptr) {
      hidden.add_(delta);
      delta.reset();
      tap->OnVisionBlock(i, TapValues(hidden).span());
    }
    if (found == taps.end()) continue;
    const auto merger = found - taps.begin();
    features.deepstack.push_back(Merged(deepstack_mergers_[static_cast<std::size_t>(merger)], hidden, delta));
    delta.reset();
    if (tap != nullptr) tap->OnDeepStack(merger, TapValues(features.deepstack.back()).span());
  }
  features.merged = Merged(merger_, hidden, delta);
  if (tap != nullptr) tap->OnMerged(TapValues(features.merged).span());
  return features;
}

std::vector<VisionFeatures> VisionTower::Encode(std::span<const VisionPatches* const> media,
                                                std::int64_t max_patches, ForwardTap* tap) const {
  std::vector<Frame> frames;
  std::vector<std::int64_t> tokens;
  for (const VisionPatches* medium : media) {
    const Grid& grid = medium->grid;
    const std::int64_t frame_values = std::int64_t{grid.h} * grid.w * config_.patch_values();
    for (int t = 0; t < grid.t; ++t)
      frames.push_back({&medium->scale, medium->bytes.data() + t * frame_values, grid.h, grid.w});
    tokens.push_back(grid.patches() / config_.merge_unit());
  }

  std::vector<VisionFeatures> packs;
  Geometries geometries;
  // A device waits for the first pack's pixels, and computes while those of the next are made ready.
  std::int64_t budget = options_.device().is_cpu() ? max_patches : max_patches / kFirstPackShare;
  for (std::size_t begin = 0; begin < frames.size();) {
    std::size_t end = begin;
    std::int64_t patches = 0;
    do {
      patches += frames[end].patches();
      ++end;
    } while (end < frames.size() && patches + frames[end].patches() <= budget);
    packs.push_back(EncodeFrames(std::span(frames).subspan(begin, end - begin), &geometries, tap));
    begin = end;
    budget = max_patches;
  }

  const auto split = [&](auto&& part_of) {
    std::vector<at::Tensor> parts;
    for (const VisionFeatures& pack : packs) parts.push_back(part_of(pack));
    return (parts.size() == 1 ? parts[0] : at::cat(parts)).split_with_sizes(tokens);
  };
  std::vector<VisionFeatures> features(media.size());
  if (media.empty()) return features;
  const auto merged = split([](const VisionFeatures& pack) { return pack.merged; });
  for (std::size_t i = 0; i < media.size(); ++i) features[i].merged = merged[i];
  for (std::size_t layer = 0; layer < packs[0].deepstack.size(); ++layer) {
    const auto added = split([layer](const VisionFeatures& pack) { return pack.deepstack[layer]; });
    for (std::size_t i = 0; i < media.size(); ++i) features[i].deepstack.push_back(added[i]);
  }
  return features;
}

}  // namespace vlr
