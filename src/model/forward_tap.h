// A window on a forward pass, for parity tests. Values are float32 copies; without a tap nothing is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vlr {

// Rows of vision values follow the batch: input by input, its images before its videos. `input` counts within
// the call to Logits.
class ForwardTap {
 public:
  virtual ~ForwardTap() = default;
  // Positions [3, n] of one input.
  virtual void OnPositions(std::size_t input, std::span<const std::int32_t> positions) = 0;
  // What a vision block gives, [patches, vision hidden].
  virtual void OnVisionBlock(std::int64_t block, std::span<const float> values) = 0;
  // What the DeepStack merger number `merger` gives, [patches / merge_unit, hidden].
  virtual void OnDeepStack(std::int64_t merger, std::span<const float> values) = 0;
  // What the last merger gives, [patches / merge_unit, hidden].
  virtual void OnMerged(std::span<const float> values) = 0;
  // What a decoder layer gives for an input's last token, [hidden].
  virtual void OnLayerLast(std::size_t input, std::int64_t layer, std::span<const float> values) = 0;
  // After the final norm, [hidden].
  virtual void OnHiddenLast(std::size_t input, std::span<const float> values) = 0;
};

}  // namespace vlr
