#include "model/packed_batch.h"

#include <array>
#include <string>
#include <utility>

#include "model/positions.h"
#include "model/shared_prefix.h"

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

// Builds a PackedBatch group by group.
class Packer {
 public:
  explicit Packer(const ModelConfig& config) : config_(config) {
    batch_.query_offsets.push_back(0);
    batch_.key_offsets.push_back(0);
  }

  // Inputs that begin with the same `prefix` rows.
  void Add(std::span<const ModelInput> inputs, std::span<const std::vector<std::int32_t>> positions,
           std::size_t prefix) {
    MediaUsed used;
    Range shared;
    if (prefix > 0) {
      shared = AddRows(inputs[0], positions[0], 0, prefix, used);
      AddSequence({}, shared);
      has_shared_ = true;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      MediaUsed own = used;
      AddSequence(shared, AddRows(inputs[i], positions[i], prefix, inputs[i].ids.size(), own));
      batch_.last_rows.push_back(Rows() - 1);
    }
  }

  PackedBatch Finish() && {
    for (const auto& axis : axes_) batch_.positions.insert(batch_.positions.end(), axis.begin(), axis.end());
    if (!has_shared_) batch_.key_rows.clear();
    return std::move(batch_);
  }

 private:
  struct MediaUsed {
    std::size_t images = 0;
    std::size_t videos = 0;
  };
  struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };

  std::int64_t Rows() const { return std::ssize(batch_.ids); }

  Range AddRows(const ModelInput& input, const std::vector<std::int32_t>& positions, std::size_t begin,
                std::size_t end, MediaUsed& used) {
    const std::int64_t start = Rows();
    const auto part = [&](const auto& values, std::size_t from) {
      return std::span(values).subspan(from + begin, end - begin);
    };
    const auto ids = part(input.ids, 0);
    AddMedia(ids, start, config_.image_token_id, input.images, used.images);
    AddMedia(ids, start, config_.video_token_id, input.videos, used.videos);
    batch_.ids.insert(batch_.ids.end(), ids.begin(), ids.end());
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      const auto own = part(positions, axis * input.ids.size());
      axes_[axis].insert(axes_[axis].end(), own.begin(), own.end());
    }
    return {start, Rows()};
  }

  void AddMedia(std::span<const std::int32_t> ids, std::int64_t start, std::int32_t pad,
                const std::vector<std::shared_ptr<const VisionPatches>>& media, std::size_t& used) {
    std::int64_t pads = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != pad) continue;
      batch_.visual_rows.push_back(start + static_cast<std::int64_t>(i));
      ++pads;
    }
    for (; pads > 0; ++used) {
      batch_.media.push_back(media[used].get());
      pads -= media[used]->grid.tokens(static_cast<int>(config_.vision.spatial_merge_size));
    }
  }

  void AddSequence(Range shared, Range own) {
    for (const Range& range : {shared, own}) {
      for (std::int64_t row = range.begin; row < range.end; ++row) batch_.key_rows.push_back(row);
    }
    batch_.query_offsets.push_back(own.end);
    batch_.key_offsets.push_back(std::ssize(batch_.key_rows));
  }

  const ModelConfig& config_;
  PackedBatch batch_;
  std::array<std::vector<std::int64_t>, 3> axes_;
  bool has_shared_ = false;
};

}  // namespace

Result<void> CheckMedium(const ModelConfig& config, const VisionPatches& medium) {
  const std::int64_t patches = medium.grid.patches();
  bool fits = patches > 0;
  if (medium.encoded) {
    const EncodedVision& encoded = *medium.encoded;
    const std::int64_t numbers = encoded.layers * encoded.tokens * encoded.hidden;
    fits = fits && encoded.layers == 1 + std::ssize(config.vision.deepstack_visual_indexes) &&
           encoded.tokens == patches / config.vision.merge_unit() &&
           encoded.hidden == config.vision.out_hidden_size && numbers > 0 &&
           (encoded.on_device || (!encoded.values.empty() && std::ssize(encoded.values) % numbers == 0));
  } else {
    fits = fits && std::ssize(medium.bytes) == patches * config.vision.patch_values();
  }
  if (!fits) return InputError("a medium's patches do not fill its grid");
  return {};
}

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
      if (const auto fits = CheckMedium(config, *medium); !fits) return fits.error();
    }
  }
  return MropePositions(config, input.ids, GridsOf(input.images), GridsOf(input.videos));
}

PackedBatch Pack(const ModelConfig& config, std::span<const ModelInput> inputs,
                 std::span<const std::vector<std::int32_t>> positions) {
  Packer packer(config);
  for (const PrefixGroup& group : GroupByPrefix(config, inputs)) {
    packer.Add(inputs.subspan(group.first, group.count), positions.subspan(group.first, group.count),
               group.length);
  }
  return std::move(packer).Finish();
}

}  // namespace vlr
