#include "rerank/media_key.h"

#include <cstdint>

#include "rerank/digest.h"

namespace vlr {
namespace {

double Number(std::int64_t value) {
  return static_cast<double>(value);
}

void Add(const std::optional<double>& number, Digest* digest) {
  digest->Add(number ? "set" : "unset").Add(number.value_or(0));
}

void Add(const ImageRequest& request, Digest* digest) {
  digest->Add(request.factor).Add(Number(request.min_pixels)).Add(Number(request.max_pixels));
  digest->Add(static_cast<double>(request.resize)).Add(request.box.width).Add(request.box.height);
  digest->Add(request.blur_sigma).Add(request.measure_quality ? 1.0 : 0.0).Add(request.quality_threshold);
}

void Add(const VideoRequest& request, Digest* digest) {
  digest->Add(request.fps).Add(request.max_frames).Add(request.factor);
  Add(request.start_s, digest);
  Add(request.end_s, digest);
  digest->Add(Number(request.frame_min_pixels)).Add(Number(request.frame_max_pixels));
  digest->Add(request.total_pixels);
}

void Add(const PatchLayout& layout, Digest* digest) {
  digest->Add(layout.patch).Add(layout.temporal).Add(layout.merge);
  for (const auto* numbers : {&layout.mean, &layout.std}) {
    for (const float number : *numbers) digest->Add(number);
  }
}

template <class Fill>
std::string Key(const MediaTarget& target, const char* kind, const Fill& fill) {
  if (target.vision_identity.empty()) return {};
  Digest digest;
  digest.Add(kind);
  Add(target.layout, &digest);
  fill(&digest);
  return target.vision_identity + "-" + digest.Hex();
}

}  // namespace

std::string NameOf(const MediaRef& media) {
  std::string key = media.url;
  for (const std::string& frame : media.frames) key += '\0' + frame;
  for (const auto& number : {media.start_s, media.end_s, media.frames_fps}) {
    key += '\1' + (number ? std::to_string(*number) : std::string());
  }
  return key;
}

std::string PreparationName(const MediaRef& media, const PreparationOptions& options,
                            const MediaTarget& target) {
  Digest digest;
  digest.Add(media.url);
  for (const std::string& frame : media.frames) digest.Add(frame);
  for (const auto& number : {media.start_s, media.end_s, media.frames_fps}) Add(number, &digest);
  Add(options.image, &digest);
  digest.Add(options.fps).Add(options.max_frames).Add(options.max_frame_list).Add(options.total_pixels);
  Add(target.layout, &digest);
  digest.Add(target.vision_identity);
  return digest.Hex();
}

std::string ImageKey(std::string_view bytes, const ImageRequest& request, const MediaTarget& target) {
  // Measuring does not change the pixels.
  ImageRequest made = request;
  made.measure_quality = false;
  return Key(target, "image", [&](Digest* digest) {
    Add(made, digest);
    digest->Add(bytes);
  });
}

std::string VideoKey(std::string_view bytes, const VideoRequest& request, const MediaTarget& target) {
  return Key(target, "video", [&](Digest* digest) {
    Add(request, digest);
    digest->Add(bytes);
  });
}

std::string FrameListKey(const std::vector<std::string_view>& contents, double total_pixels, double fps,
                         const MediaTarget& target) {
  return Key(target, "frames", [&](Digest* digest) {
    digest->Add(total_pixels).Add(fps);
    for (const std::string_view content : contents) digest->Add(content);
  });
}

}  // namespace vlr
