#include "rerank/score_job.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace vlr {
namespace {

using Media = std::vector<std::shared_ptr<const VisionPatches>>;

constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15ULL;

std::size_t Mix(std::size_t hash, std::size_t value) {
  return (hash ^ value) * kFactor + (hash >> 29);
}

// Of whole words in four lanes, which do not wait for each other.
std::size_t HashOfIds(const std::vector<std::int32_t>& ids) {
  constexpr std::size_t kLanes = 4, kStride = kLanes * sizeof(std::uint64_t);
  const auto* const bytes = reinterpret_cast<const char*>(ids.data());
  const std::size_t size = ids.size() * sizeof(ids[0]);
  std::array<std::uint64_t, kLanes> lanes = {size, 1, 2, 3};
  const auto add = [&](const char* from, std::size_t count) {
    std::array<std::uint64_t, kLanes> words{};
    std::memcpy(words.data(), from, count);
    for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = (lanes[i] ^ words[i]) * kFactor;
  };
  std::size_t at = 0;
  for (; at + kStride <= size; at += kStride) add(bytes + at, kStride);
  if (at < size) add(bytes + at, size - at);
  return std::accumulate(lanes.begin(), lanes.end(), std::size_t{0}, Mix);
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
  std::size_t hash = HashOfIds(input.ids);
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
