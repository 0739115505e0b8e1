// Keeps what a forward pass of one input shows.
#pragma once

#include <map>
#include <vector>

#include "model/forward_tap.h"

namespace vlr::parity {

class TapRecorder : public ForwardTap {
 public:
  void OnPositions(std::size_t input, std::span<const std::int32_t> positions) override;
  void OnVisionBlock(std::int64_t block, std::span<const float> values) override;
  void OnDeepStack(std::int64_t merger, std::span<const float> values) override;
  void OnMerged(std::span<const float> values) override;
  void OnLayerLast(std::size_t input, std::int64_t layer, std::span<const float> values) override;
  void OnHiddenLast(std::size_t input, std::span<const float> values) override;

  std::vector<std::int32_t> positions;
  std::map<std::int64_t, std::vector<float>> vision_blocks, deepstack, layers_last;
  std::vector<float> merged, hidden_last;
};

}  // namespace vlr::parity
