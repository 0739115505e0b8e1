#include "sidecar/bench/work.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <random>
#include <utility>

#include "pixels/patches.h"
#include "pixels/resize.h"
#include "sidecar/settings/settings.h"

namespace vlr::bench {
namespace {

constexpr int kSharedTokens = 64;
constexpr int kMinSide = 32, kMaxSide = 4096;

class Drawer {
 public:
  explicit Drawer(const ModelConfig& config) : config_(config) {}

  void Text(int count, std::vector<std::int32_t>* ids) {
    while (count > 0) {
      const auto id =
          static_cast<std::int32_t>(random_() % static_cast<std::uint64_t>(config_.text.vocab_size));
      if (IsVisual(id)) continue;
      ids->push_back(id);
      --count;
    }
  }
  std::shared_ptr<const VisionPatches> Picture(const Grid& grid) {
    auto patches = std::make_shared<VisionPatches>();
    patches->grid = grid;
    patches->bytes.resize(static_cast<std::size_t>(grid.patches() * config_.vision.patch_values()));
    std::generate(patches->bytes.begin(), patches->bytes.end(),
                  [this] { return static_cast<std::uint8_t>(random_() >> 32U); });
    return patches;
  }

 private:
  bool IsVisual(std::int32_t id) const {
    return id == config_.image_token_id || id == config_.video_token_id ||
           id == config_.vision_start_token_id || id == config_.vision_end_token_id;
  }

  const ModelConfig& config_;
  std::mt19937_64 random_;
};

Grid GridOf(Size image, const VisionConfig& vision) {
  const ModelSettings defaults;
  PatchLayout layout;
  layout.patch = static_cast<int>(vision.patch_size);
  layout.temporal = static_cast<int>(vision.temporal_patch_size);
  layout.merge = static_cast<int>(vision.spatial_merge_size);
  // Sides that ParseImageSize takes are never too far apart.
  const Size size = SmartResize(image, layout.patch * layout.merge, defaults.min_pixels,
                                static_cast<double>(defaults.max_pixels))
                        .value();
  return PatchGrid(size, 1, layout);
}

}  // namespace

Result<Size> ParseImageSize(const std::string& text) {
  Size size;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  const bool goes_on = width.ec == std::errc{} && width.ptr != end && *width.ptr == 'x';
  const auto height = goes_on ? std::from_chars(width.ptr + 1, end, size.height) : width;
  const auto fits = [](int side) { return side >= kMinSide && side <= kMaxSide; };
  if (!goes_on || height.ec != std::errc{} || height.ptr != end || !fits(size.width) || !fits(size.height)) {
    return Error{"invalid_option",
                 "--image must be WIDTHxHEIGHT, each from " + std::to_string(kMinSide) + " to " +
                     std::to_string(kMaxSide) + " pixels, not \"" + text + "\"",
                 "image"};
  }
  return size;
}

std::vector<ModelInput> DrawInputs(const ModelConfig& config, const Work& work) {
  Drawer drawer(config);
  std::vector<std::int32_t> shared;
  drawer.Text(std::min(kSharedTokens, work.tokens / 2), &shared);
  std::vector<ModelInput> inputs;
  for (int i = 0; i < work.documents; ++i) {
    ModelInput input;
    input.ids = shared;
    if (work.image) {
      const Grid grid = GridOf(*work.image, config.vision);
      const std::int64_t pads = grid.patches() / config.vision.merge_unit();
      input.ids.push_back(config.vision_start_token_id);
      input.ids.insert(input.ids.end(), static_cast<std::size_t>(pads), config.image_token_id);
      input.ids.push_back(config.vision_end_token_id);
      input.images.push_back(drawer.Picture(grid));
    }
    drawer.Text(work.tokens - static_cast<int>(shared.size()), &input.ids);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace vlr::bench
