#include "model/shared_prefix.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

namespace vlr {
namespace {

using Media = std::vector<std::shared_ptr<const VisionPatches>>;

// Walks the pads of one kind of medium in two inputs at once.
class PairedMedia {
 public:
  PairedMedia(const Media& a, const Media& b, int merge) : a_(a), b_(b), merge_(merge) {}

  // Takes a pad at `row`. False when it belongs to different media.
  bool Take(std::size_t row) {
    if (left_ == 0) {
      if (next_ >= a_.size() || next_ >= b_.size() || a_[next_] != b_[next_]) return false;
      left_ = a_[next_]->grid.tokens(merge_);
      began_ = row;
      ++next_;
    }
    --left_;
    return true;
  }

  // The first row of a medium that is not wholly taken.
  std::optional<std::size_t> unfinished() const { return left_ > 0 ? std::optional(began_) : std::nullopt; }

 private:
  const Media& a_;
  const Media& b_;
  int merge_;
  std::size_t next_ = 0;
  std::int64_t left_ = 0;
  std::size_t began_ = 0;
};

std::size_t CommonPrefix(const ModelConfig& config, const ModelInput& a, const ModelInput& b) {
  const auto merge = static_cast<int>(config.vision.spatial_merge_size);
  PairedMedia images(a.images, b.images, merge);
  PairedMedia videos(a.videos, b.videos, merge);
  const std::size_t longest = std::min(a.ids.size(), b.ids.size()) - 1;
  std::size_t length = 0;
  for (; length < longest && a.ids[length] == b.ids[length]; ++length) {
    const std::int32_t id = a.ids[length];
    if (id == config.image_token_id && !images.Take(length)) break;
    if (id == config.video_token_id && !videos.Take(length)) break;
  }
  for (const PairedMedia* media : {&images, &videos}) {
    length = std::min(length, media->unfinished().value_or(length));
  }
  return length;
}

}  // namespace

std::vector<PrefixGroup> GroupByPrefix(const ModelConfig& config, std::span<const ModelInput> inputs) {
  std::vector<PrefixGroup> groups;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!groups.empty()) {
      PrefixGroup& group = groups.back();
      // All of a group begin as its first does.
      const std::size_t common = CommonPrefix(config, inputs[group.first], inputs[i]);
      const std::size_t shared = group.count == 1 ? common : std::min(common, group.length);
      if (shared >= kMinSharedPrefix && shared * 4 >= group.length * 3) {
        group.length = shared;
        ++group.count;
        continue;
      }
    }
    groups.push_back({i, 1, 0});
  }
  return groups;
}

}  // namespace vlr
