#include "sidecar/api/content_reader.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "sidecar/api/field_reader.h"

namespace vlr::api {
namespace {

constexpr double kMaxSeconds = 1e7;
constexpr double kMaxFps = 1000;

std::string At(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string ReadUrl(const json::Value& value, const std::string& path) {
  if (!value.IsString()) Refuse(path, "must be a URL string, not " + std::string(value.TypeName()));
  if (value.AsString().empty()) Refuse(path, "must not be an empty URL");
  return std::string(value.AsString());
}

SharedText ReadText(const json::Value& value, const std::string& path) {
  if (!value.IsString()) Refuse(path, "must be a string, not " + std::string(value.TypeName()));
  return value.AsText();
}

SharedTexts ReadTexts(const json::Value& value, const std::string& path) {
  if (!value.IsArray()) return {ReadText(value, path)};
  SharedTexts texts;
  texts.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) texts.push_back(ReadText(value[i], At(path, i)));
  return texts;
}

MediaRef ReadFrames(const json::Value& value, const std::string& path) {
  MediaRef media;
  if (!value.IsArray() || value.size() == 0) Refuse(path, "must be a list of at least one URL");
  for (std::size_t i = 0; i < value.size(); ++i) media.frames.push_back(ReadUrl(value[i], At(path, i)));
  return media;
}

bool NamesPicture(const json::Value& value) {
  constexpr std::array<std::string_view, 8> kExtensions = {".jpg", ".jpeg", ".png",  ".gif",
                                                           ".bmp", ".webp", ".tiff", ".svg"};
  if (!value.IsString()) return false;
  std::string url(value.AsString());
  std::transform(url.begin(), url.end(), url.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view end) { return url.ends_with(end); });
}

std::vector<MediaRef> ReadMediaList(const json::Value& value, const std::string& path, bool video) {
  std::vector<MediaRef> media;
  if (!value.IsArray()) {
    media.push_back(ReadMedia(value, path, video));
    return media;
  }
  if (video && value.size() > 0 && NamesPicture(value[0])) {
    media.push_back(ReadFrames(value, path));
    return media;
  }
  for (std::size_t i = 0; i < value.size(); ++i) media.push_back(ReadMedia(value[i], At(path, i), video));
  return media;
}

// {"type": "image_url", "image_url": {"url": …}} and its kin.
void ReadPart(const json::Value& value, const std::string& path, Content* content) {
  FieldReader part(value, path);
  const auto type = part.String("type");
  if (!type) Refuse(part.PathOf("type"), "is missing");
  if (*type == "text") {
    const auto text = part.Take("text");
    if (!text) Refuse(part.PathOf("text"), "is missing");
    content->texts.push_back(ReadText(*text, part.PathOf("text")));
  } else if (*type == "image_url" || *type == "video_url") {
    const auto source = part.Take(*type);
    if (!source) Refuse(part.PathOf(*type), "is missing");
    MediaRef media;
    if (source->IsString()) {
      media.url = ReadUrl(*source, part.PathOf(*type));
    } else {
      FieldReader holder(*source, part.PathOf(*type));
      const auto url = holder.Take("url");
      if (!url) Refuse(holder.PathOf("url"), "is missing");
      media.url = ReadUrl(*url, holder.PathOf("url"));
      holder.Ignore({"detail"});
      holder.RefuseOthers();
    }
    (*type == "image_url" ? content->images : content->videos).push_back(std::move(media));
  } else {
    Refuse(part.PathOf("type"), "must be text, image_url or video_url");
  }
  part.Ignore({"uuid"});
  part.RefuseOthers();
}

}  // namespace

MediaRef ReadMedia(const json::Value& value, const std::string& path, bool video) {
  MediaRef media;
  if (!value.IsObject()) {
    media.url = ReadUrl(value, path);
    return media;
  }
  FieldReader fields(value, path);
  const auto frames = fields.Take("frames");
  const auto url = fields.Take("url");
  if (frames && url) Refuse(path, "must have url or frames, not both");
  if (frames && !video) Refuse(fields.PathOf("frames"), "is for videos");
  if (frames) {
    media = ReadFrames(*frames, fields.PathOf("frames"));
    media.frames_fps = fields.Number("fps", 0.001, kMaxFps);
  } else {
    if (!url) Refuse(fields.PathOf("url"), "is missing");
    media.url = ReadUrl(*url, fields.PathOf("url"));
    if (video) {
      media.start_s = fields.Number("start", 0, kMaxSeconds);
      media.end_s = fields.Number("end", 0, kMaxSeconds);
      if (media.start_s && media.end_s && *media.end_s <= *media.start_s) {
        Refuse(fields.PathOf("end"), "must be after start");
      }
    }
  }
  fields.RefuseOthers();
  return media;
}

Content ReadContent(const json::Value& value, const std::string& path) {
  Content content;
  if (value.IsString()) {
    content.texts.push_back(value.AsText());
    return content;
  }
  if (!value.IsObject()) Refuse(path, "must be a string or an object, not " + std::string(value.TypeName()));
  FieldReader fields(value, path);
  const auto parts = fields.Take("content");
  if (parts && parts->IsString()) {
    content.texts.push_back(parts->AsText());
  } else if (parts) {
    if (!parts->IsArray()) Refuse(fields.PathOf("content"), "must be a list of parts");
    for (std::size_t i = 0; i < parts->size(); ++i)
      ReadPart((*parts)[i], At(fields.PathOf("content"), i), &content);
  }
  const auto text = fields.Take("text");
  const auto image = fields.Take("image");
  const auto video = fields.Take("video");
  if (parts && (text || image || video))
    Refuse(path, "must have content, or text, image and video, not both");
  if (text) content.texts = ReadTexts(*text, fields.PathOf("text"));
  if (image) content.images = ReadMediaList(*image, fields.PathOf("image"), false);
  if (video) content.videos = ReadMediaList(*video, fields.PathOf("video"), true);
  fields.RefuseOthers();
  return content;
}

Content ReadDocument(const json::Value& value, const std::string& path,
                     const std::vector<std::string>& rank_fields) {
  if (rank_fields.empty() || !value.IsObject()) return ReadContent(value, path);
  Content content;
  FieldReader fields(value, path);
  for (const std::string& name : rank_fields) {
    if (name == "image" || name == "video") continue;
    const auto text = fields.Take(name);
    if (!text) continue;
    for (SharedText& one : ReadTexts(*text, fields.PathOf(name))) content.texts.push_back(std::move(one));
  }
  if (const auto image = fields.Take("image"))
    content.images = ReadMediaList(*image, fields.PathOf("image"), false);
  if (const auto video = fields.Take("video"))
    content.videos = ReadMediaList(*video, fields.PathOf("video"), true);
  return content;
}

Content ReadContentPart(const json::Value& value, const std::string& path) {
  Content content;
  ReadPart(value, path, &content);
  return content;
}

std::size_t CountMedia(const Content& content) {
  std::size_t count = content.images.size();
  for (const MediaRef& video : content.videos) count += std::max<std::size_t>(1, video.frames.size());
  return count;
}

}  // namespace vlr::api
