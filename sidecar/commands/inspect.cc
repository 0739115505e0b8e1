#include <iostream>
#include <memory>
#include <span>

#include "base/file.h"
#include "base/json.h"
#include "media/timestamps.h"
#include "media/worker_pool.h"
#include "pixels/patches.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/report.h"
#include "sidecar/runtime/runtime.h"
#include "sidecar/settings/settings.h"

namespace vlr::commands {
namespace {

constexpr std::chrono::minutes kTimeout{10};

struct InspectArguments {
  std::string media;
  std::vector<std::string> overrides;
};

void WriteInfo(json::Writer* out, const MediaInfo& info) {
  const bool video = info.kind == MediaKind::kVideo;
  out->Key("kind").String(video ? "video" : "image").Key("format").String(info.format);
  if (video) out->Key("codec").String(info.codec);
  out->Key("width").Integer(info.size.width).Key("height").Integer(info.size.height);
  if (!video) return;
  out->Key("frames")
      .Integer(info.frames)
      .Key("fps")
      .Double(info.fps)
      .Key("duration_s")
      .Double(info.duration_s);
  out->Key("rotation_degrees").Integer(info.rotation_degrees);
}

Result<void> WriteAsSeen(json::Writer* out, WorkerPool& decoder, std::span<const std::byte> bytes,
                         MediaKind kind, const ModelSettings& model) {
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  const PreparationOptions options = DefaultPreparation(model);
  const PatchLayout layout;
  out->Key("seen").BeginObject();
  if (kind == MediaKind::kImage) {
    ImageRequest request = options.image;
    request.measure_quality = true;
    const auto image = decoder.DecodeImage(bytes, request, deadline);
    if (!image) return image.error();
    const Grid grid = PatchGrid(image->pixels.size, 1, layout);
    out->Key("width").Integer(image->pixels.size.width).Key("height").Integer(image->pixels.size.height);
    out->Key("tokens").Integer(grid.tokens(layout.merge)).Key("quality").Double(*image->quality);
  } else {
    VideoRequest request;
    request.fps = options.fps;
    request.max_frames = options.max_frames;
    const auto video = decoder.DecodeVideo(bytes, request, deadline);
    if (!video) return video.error();
    const Size size = video->frames.front().size;
    const Grid grid = PatchGrid(size, static_cast<int>(video->frames.size()), layout);
    out->Key("width").Integer(size.width).Key("height").Integer(size.height);
    out->Key("frames").BeginArray();
    for (const std::int64_t index : video->frame_indices) out->Integer(index);
    out->EndArray().Key("timestamps_s").BeginArray();
    for (const std::string& time : Timestamps(*video, layout.temporal)) out->Raw(time);
    out->EndArray().Key("tokens").Integer(grid.tokens(layout.merge));
  }
  out->EndObject();
  return {};
}

int Inspect(const InspectArguments& arguments) {
  const auto settings = LoadSettings("", ProcessEnvironment(), arguments.overrides);
  if (!settings) return Complain(settings.error());
  const auto file = MappedFile::Open(arguments.media);
  if (!file) return Complain(file.error());
  auto decoder = WorkerPool::Create({DecoderPath(settings->media), 1, settings->media.limits});
  if (!decoder) return Complain(decoder.error());
  const auto bytes = (*file)->bytes();
  const auto info = (*decoder)->Inspect(bytes, std::chrono::steady_clock::now() + kTimeout);
  if (!info) return Complain(info.error());
  json::Writer out;
  out.BeginObject();
  WriteInfo(&out, *info);
  const auto seen = WriteAsSeen(&out, **decoder, bytes, info->kind, settings->model);
  if (!seen) return Complain(seen.error());
  out.EndObject();
  std::cout << out.Take() << "\n";
  return kExitOk;
}

}  // namespace

void AddInspect(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command =
      app.add_subcommand("inspect", "What the decoder and the model see of an image or video file");
  command->add_option("media", arguments->media, "File")->required();
  command->add_option("--set", arguments->overrides, "key=value, as for serve; may be repeated");
  command->callback([=] { *run = [arguments] { return Inspect(*arguments); }; });
}

}  // namespace vlr::commands
