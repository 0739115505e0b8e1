#include "model/packed_batch.h"

#include <string>

#include "model/positions.h"

namespace vlr {
namespace {

Error InputError(const std::string& message) {
  return {"invalid_input", message};
}

std::vector<Grid> GridsOf(const std::vector<std::shared_ptr<const VisionPatches>>& media) {
  std::vector<Grid> grids;
  grids.reserve(media.size());
  for (const auto& medium : media) grids.push_back(medium->grid);
  return grids;
}

}  // namespace

Result<std::vector<std::int32_t>> CheckInput(const ModelConfig& config, const ModelInput& input) {
  if (input.ids.empty()) return InputError("an input has no ids");
  for (const std::int32_t id : input.ids) {
    if (id < 0 || id >= config.text.vocab_size) {
      return InputError("id " + std::to_string(id) + " is outside the model's vocabulary of " +
                        std::to_string(config.text.vocab_size));
    }
  }
  for (const auto* media : {&input.images, &input.videos}) {
    for (const auto& medium : *media) {
      if (medium == nullptr) return InputError("a medium has no patches");
      const std::int64_t patches = medium->grid.patches();
      if (patches < 1 || std::ssize(medium->values) != patches * config.vision.patch_values()) {
        return InputError("a medium's patches do not fill its grid");
      }
    }
  }
  return MropePositions(config, input.ids, GridsOf(input.images), GridsOf(input.videos));
}

PackedBatch Pack(const ModelConfig& config, std::span<const ModelInput> inputs,
                 std::span<const std::vector<std::int32_t>> positions) {
  PackedBatch batch;
  batch.offsets.push_back(0);
  for (const ModelInput& input : inputs) {
    const std::int64_t start = batch.offsets.back();
    for (const std::int32_t pad : {config.image_token_id, config.video_token_id}) {
      for (std::size_t i = 0; i < input.ids.size(); ++i) {
        if (input.ids[i] == pad) batch.visual_rows.push_back(start + static_cast<std::int64_t>(i));
      }
    }
    for (const auto* media : {&input.images, &input.videos}) {
      for (const auto& medium : *media) batch.media.push_back(medium.get());
    }
    batch.ids.insert(batch.ids.end(), input.ids.begin(), input.ids.end());
    batch.offsets.push_back(std::ssize(batch.ids));
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const auto& own : positions) {
      const auto first = own.begin() + static_cast<std::ptrdiff_t>(axis * own.size() / 3);
      batch.positions.insert(batch.positions.end(), first,
                             first + static_cast<std::ptrdiff_t>(own.size() / 3));
    }
  }
  return batch;
}

}  // namespace vlr
