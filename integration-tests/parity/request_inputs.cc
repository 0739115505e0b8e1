#include "request_inputs.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "base/file.h"
#include "media/frame_list.h"
#include "media/inline_decoder.h"
#include "media/timestamps.h"

namespace vlr::parity {
namespace {

constexpr std::size_t kMaxMediaBytes = std::size_t{64} << 20;
constexpr int kNoLimit = 1 << 30;
// The reference drops nothing until ids less this suffix exceed max_length.
constexpr int kSuffixTokens = 5;

Decoder::Deadline Soon() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(5);
}

std::span<const std::byte> AsBytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

double NumberOr(const json::Value& object, std::string_view key, double absent) {
  const auto value = object.Find(key);
  return value ? value->AsNumber() : absent;
}

// A string, a list of them, null or nothing.
std::vector<json::Value> AsList(const std::optional<json::Value>& value) {
  std::vector<json::Value> list;
  if (!value || value->IsNull()) return list;
  if (!value->IsArray()) return {*value};
  for (std::size_t i = 0; i < value->size(); ++i) list.push_back((*value)[i]);
  return list;
}

bool IsPicture(const json::Value& value) {
  if (!value.IsString()) return false;
  const std::string_view name = value.AsString();
  return name.ends_with(".png") || name.ends_with(".jpg");
}

// A list of pictures is one video; any other list holds videos.
std::vector<json::Value> VideosOf(const std::optional<json::Value>& value) {
  if (value && value->IsArray() && value->size() > 0 && IsPicture((*value)[0])) return {*value};
  return AsList(value);
}

}  // namespace

struct RequestReader::Options {
  ImageRequest image;
  VideoRequest video;
  double total_pixels = 0;
  int max_frame_list = 0;
};

struct RequestReader::Side {
  PromptSide prompt;
  std::vector<std::shared_ptr<const VisionPatches>> images;
  std::vector<std::shared_ptr<const VisionPatches>> videos;
};

std::string RequestReader::MediaBytes(const std::string& name) const {
  return ReadFile(media_directory_ + "/" + name, kMaxMediaBytes).value();
}

void RequestReader::AddImage(const std::string& name, const Options& options, Side& side) const {
  const std::string bytes = MediaBytes(name);
  const DecodedImage image = InlineDecoder({}).DecodeImage(AsBytes(bytes), options.image, Soon()).value();
  side.images.push_back(std::make_shared<const VisionPatches>(ImagePatches(image.pixels, layout_)));
  side.prompt.image_tokens.push_back(static_cast<int>(side.images.back()->grid.tokens(layout_.merge)));
}

void RequestReader::AddVideo(const json::Value& video, const Options& options, Side& side) const {
  DecodedVideo decoded;
  if (video.IsArray()) {
    std::vector<RgbImage> frames;
    for (const std::int64_t index : PickFrames(std::ssize(AsList(video)), options.max_frame_list)) {
      const std::string bytes = MediaBytes(std::string(video[static_cast<std::size_t>(index)].AsString()));
      frames.push_back(
          InlineDecoder({}).DecodeImage(AsBytes(bytes), FrameListImageRequest(), Soon()).value().pixels);
    }
    FrameListOptions list;
    list.total_pixels = options.total_pixels;
    decoded = PrepareFrameList(std::move(frames), list).value();
  } else {
    const std::string bytes = MediaBytes(std::string(video.AsString()));
    decoded = InlineDecoder({}).DecodeVideo(AsBytes(bytes), options.video, Soon()).value();
  }
  side.videos.push_back(std::make_shared<const VisionPatches>(VideoPatches(decoded.frames, layout_)));
  const Grid& grid = side.videos.back()->grid;
  side.prompt.videos.push_back(
      {Timestamps(decoded, layout_.temporal), static_cast<int>(grid.tokens(layout_.merge) / grid.t)});
}

RequestReader::Side RequestReader::ReadSide(const json::Value& value, const Options& options) const {
  Side side;
  for (const json::Value& video : VideosOf(value.Find("video"))) AddVideo(video, options, side);
  for (const json::Value& image : AsList(value.Find("image")))
    AddImage(std::string(image.AsString()), options, side);
  for (const json::Value& text : AsList(value.Find("text"))) side.prompt.texts.push_back(text.AsText());
  side.prompt.is_null = side.videos.empty() && side.images.empty() && side.prompt.texts.empty();
  return side;
}

std::vector<PreparedDocument> RequestReader::Read(const json::Value& request) const {
  Options options;
  options.image.min_pixels = static_cast<std::int64_t>(NumberOr(request, "min_pixels", 4.0 * 32 * 32));
  options.image.max_pixels = static_cast<std::int64_t>(NumberOr(request, "max_pixels", 1800.0 * 32 * 32));
  options.video.fps = NumberOr(request, "fps", 1);
  options.video.max_frames = static_cast<int>(NumberOr(request, "max_frames", 64));
  options.total_pixels = NumberOr(request, "total_pixels", 10.0 * 768 * 32 * 32);
  options.max_frame_list = static_cast<int>(NumberOr(request, "max_frames_attr", 64));
  const auto instruction = request.Find("instruction");
  const std::string instruction_text(instruction ? instruction->AsString() : "");

  std::vector<PreparedDocument> prepared;
  const Side query = ReadSide(*request.Find("query"), options);
  PromptWriter prompts = prompts_.Begin(instruction_text, query.prompt);
  for (const json::Value& value : AsList(request.Find("documents"))) {
    Side document = ReadSide(value, options);
    const auto build = [&](int max_length) { return prompts.Write(document.prompt, max_length).value(); };
    PreparedDocument item;
    item.full_ids = std::ssize(build(kNoLimit).ids);
    // "edge": one token less than the prompt needs.
    const int max_length = request.Find("edge") ? static_cast<int>(item.full_ids) - kSuffixTokens - 1
                                                : static_cast<int>(NumberOr(request, "max_length", 10240));
    item.input.ids = build(max_length).ids;
    for (auto ModelInput::*kind : {&ModelInput::images, &ModelInput::videos}) {
      const bool images = kind == &ModelInput::images;
      auto& all = item.input.*kind;
      all = images ? query.images : query.videos;
      auto& own = images ? document.images : document.videos;
      all.insert(all.end(), own.begin(), own.end());
    }
    prepared.push_back(std::move(item));
  }
  return prepared;
}

}  // namespace vlr::parity
