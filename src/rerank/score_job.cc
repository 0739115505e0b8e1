#include "rerank/score_job.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace vlr {
namespace {

using Media = std::vector<std::shared_ptr<const VisionPatches>>;

std::size_t Mix(std::size_t hash, std::size_t value) {
  return (hash ^ value) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
}

bool AreSame(const Media& a, const Media& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one == other || (!one->key.empty() && one->key == other->key);
  });
}

}  // namespace

std::int64_t TokenCost(const VisionPatches& medium) {
  // The vision tower works on patches of a quarter of a token's area each, with far narrower layers.
  constexpr std::int64_t kPatchesPerToken = 4;
  return medium.grid.patches() / kPatchesPerToken;
}

std::int64_t TokenCost(const ModelInput& input) {
  auto tokens = static_cast<std::int64_t>(input.ids.size());
  for (const auto& image : input.images) tokens += TokenCost(*image);
  for (const auto& video : input.videos) tokens += TokenCost(*video);
  return tokens;
}

std::size_t HashOf(const ModelInput& input) {
  const std::string_view ids(reinterpret_cast<const char*>(input.ids.data()),
                             input.ids.size() * sizeof(input.ids[0]));
  std::size_t hash = std::hash<std::string_view>()(ids);
  for (const auto* media : {&input.images, &input.videos}) {
    for (const auto& medium : *media) {
      hash = Mix(hash, medium->key.empty() ? std::hash<const void*>()(medium.get())
                                           : std::hash<std::string>()(medium->key));
    }
  }
  return hash;
}

bool AreEqual(const ModelInput& a, const ModelInput& b) {
  return a.ids == b.ids && AreSame(a.images, b.images) && AreSame(a.videos, b.videos);
}

}  // namespace vlr
