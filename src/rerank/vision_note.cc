#include "rerank/vision_note.h"

#include <memory>
#include <utility>

#include "base/json.h"

namespace vlr {
namespace {

Error Invalid() {
  return {"vision_note_invalid", "a note of the vision cache cannot be read"};
}

std::shared_ptr<const VisionPatches> PatchesFrom(const CachedVision& cached, const std::string& key) {
  VisionPatches patches;
  patches.grid = cached.grid;
  patches.key = key;
  patches.note = cached.note;
  patches.encoded = cached.encoded;
  return std::make_shared<const VisionPatches>(std::move(patches));
}

std::optional<std::int64_t> Integer(const json::Value& note, std::string_view key) {
  const auto value = note.Find(key);
  if (!value || !value->IsInteger()) return std::nullopt;
  return value->AsInteger();
}

}  // namespace

std::string NoteOf(const PreparedImage& image) {
  json::Writer out;
  out.BeginObject().Key("width").Integer(image.original.width).Key("height").Integer(image.original.height);
  if (image.quality) out.Key("quality").Double(*image.quality);
  return out.EndObject().Take();
}

std::string NoteOf(const PreparedVideo& video) {
  json::Writer out;
  out.BeginObject().Key("frames").Integer(video.frames).Key("timestamps").BeginArray();
  for (const std::string& timestamp : video.timestamps) out.String(timestamp);
  return out.EndArray().EndObject().Take();
}

Result<PreparedImage> ImageFrom(const CachedVision& cached, const std::string& key) {
  const auto note = json::Document::Parse(cached.note);
  if (!note) return Invalid();
  const auto width = Integer(note->root(), "width");
  const auto height = Integer(note->root(), "height");
  if (!width || !height) return Invalid();
  PreparedImage image;
  image.patches = PatchesFrom(cached, key);
  image.original = {static_cast<int>(*width), static_cast<int>(*height)};
  if (const auto quality = note->root().Find("quality"); quality && quality->IsNumber()) {
    image.quality = quality->AsNumber();
  }
  image.cached = true;
  return image;
}

Result<PreparedVideo> VideoFrom(const CachedVision& cached, const std::string& key) {
  const auto note = json::Document::Parse(cached.note);
  if (!note) return Invalid();
  const auto frames = Integer(note->root(), "frames");
  const auto timestamps = note->root().Find("timestamps");
  if (!frames || !timestamps || timestamps->size() != static_cast<std::size_t>(cached.grid.t))
    return Invalid();
  PreparedVideo video;
  for (std::size_t i = 0; i < timestamps->size(); ++i) {
    if (!(*timestamps)[i].IsString()) return Invalid();
    video.timestamps.emplace_back((*timestamps)[i].AsString());
  }
  video.patches = PatchesFrom(cached, key);
  video.frames = static_cast<int>(*frames);
  video.cached = true;
  return video;
}

}  // namespace vlr
