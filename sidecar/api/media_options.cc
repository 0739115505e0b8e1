#include "sidecar/api/media_options.h"

#include <map>

namespace vlr::api {
namespace {

constexpr std::int64_t kMaxFrames = 100'000;
constexpr double kMaxFps = 1000;
constexpr std::int64_t kMaxSide = 16'384;
constexpr double kMaxBlurSigma = 100;

const std::map<std::string, Size, std::less<>>& Profiles() {
  static const std::map<std::string, Size, std::less<>> profiles = {
      {"general", {1024, 768}}, {"product", {1280, 960}}, {"art", {800, 600}}, {"document", {1024, 768}}};
  return profiles;
}

void ReadImageOptions(const json::Value& value, ImageRequest* image) {
  FieldReader fields(value, "image");
  const std::string resize = fields.String("resize").value_or("native");
  if (resize != "native" && resize != "fit" && resize != "crop") {
    Refuse("image.resize", "must be native, fit or crop");
  }
  if (resize == "fit") image->resize = ImageResize::kFit;
  if (resize == "crop") image->resize = ImageResize::kCrop;
  const std::string profile = fields.String("profile").value_or("general");
  const auto box = Profiles().find(profile);
  if (box == Profiles().end()) Refuse("image.profile", "must be general, product, art or document");
  image->box = box->second;
  if (const auto width = fields.Integer("width", 1, kMaxSide)) image->box.width = static_cast<int>(*width);
  if (const auto height = fields.Integer("height", 1, kMaxSide))
    image->box.height = static_cast<int>(*height);
  image->blur_sigma = fields.Number("blur_sigma", 0, kMaxBlurSigma).value_or(0);
  image->quality_threshold = fields.Number("quality_threshold", 0, 1).value_or(0);
  fields.RefuseOthers();
}

}  // namespace

void ReadMediaOptions(FieldReader* body, PreparationOptions* preparation) {
  if (const auto fps = body->Number("fps", 0.001, kMaxFps)) preparation->fps = *fps;
  if (const auto frames = body->Integer("max_frames", 1, kMaxFrames))
    preparation->max_frames = static_cast<int>(*frames);
  if (const auto image = body->Take("image")) ReadImageOptions(*image, &preparation->image);
}

}  // namespace vlr::api
