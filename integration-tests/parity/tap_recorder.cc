#include "tap_recorder.h"

namespace vlr::parity {
namespace {

template <class T>
void Append(std::span<const T> values, std::vector<T>& all) {
  all.insert(all.end(), values.begin(), values.end());
}

}  // namespace

void TapRecorder::OnPositions(std::size_t, std::span<const std::int32_t> values) {
  Append(values, positions);
}
void TapRecorder::OnVisionBlock(std::int64_t block, std::span<const float> values) {
  Append(values, vision_blocks[block]);
}
void TapRecorder::OnDeepStack(std::int64_t merger, std::span<const float> values) {
  Append(values, deepstack[merger]);
}
void TapRecorder::OnMerged(std::span<const float> values) {
  Append(values, merged);
}
void TapRecorder::OnLayerLast(std::size_t, std::int64_t layer, std::span<const float> values) {
  Append(values, layers_last[layer]);
}
void TapRecorder::OnHiddenLast(std::size_t, std::span<const float> values) {
  Append(values, hidden_last);
}

}  // namespace vlr::parity
