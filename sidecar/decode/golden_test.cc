// Every picture and video of the reference's golden cases, bit for bit: in this process and through a worker.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "media/frame_list.h"
#include "media/inline_decoder.h"
#include "media/timestamps.h"
#include "media/worker_pool.h"
#include "pixels/patches.h"

namespace vlr {
namespace {

constexpr const char* kGolden = VLR_TEST_DATA "/golden-a/";

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  ~Sha256() { EVP_MD_CTX_free(context_); }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Add(const void* data, std::size_t bytes) { EVP_DigestUpdate(context_, data, bytes); }
  std::string Hex() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_, digest.data(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
      constexpr const char* digits = "0123456789abcdef";
      hex += digits[byte >> 4];
      hex += digits[byte & 15];
    }
    return hex;
  }

 private:
  EVP_MD_CTX* context_;
};

Decoder::Deadline Soon() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(5);
}

std::string MediaFile(std::string_view name) {
  const auto bytes = ReadFile(std::string(kGolden) + "media/" + std::string(name), std::size_t{1} << 30);
  if (!bytes) ADD_FAILURE() << bytes.error().message;
  return bytes ? *bytes : "";
}

// The parts of a request in the prompt's order: the query's, then the document's.
struct Media {
  std::vector<std::string> images;
  std::vector<std::vector<std::string>> videos;  // one name: a file; several, or a picture's: frames
};

bool IsPicture(std::string_view name) {
  return name.ends_with(".png") || name.ends_with(".jpg") || name.ends_with(".webp") ||
         name.ends_with(".gif");
}

std::vector<std::string> Names(const json::Value& value) {
  if (value.IsString()) return {std::string(value.AsString())};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < value.size(); ++i) names.emplace_back(value[i].AsString());
  return names;
}

void AddSide(const json::Value& side, Media* media) {
  if (const auto image = side.Find("image")) {
    for (auto& name : Names(*image)) media->images.push_back(std::move(name));
  }
  if (const auto video = side.Find("video")) {
    auto names = Names(*video);
    if (!names.empty() && IsPicture(names.front())) {
      media->videos.push_back(std::move(names));
    } else {
      for (auto& name : names) media->videos.push_back({std::move(name)});
    }
  }
}

double NumberOr(const json::Value& object, const char* key, double otherwise) {
  const auto found = object.Find(key);
  return found ? found->AsNumber() : otherwise;
}

DecodedImage Picture(Decoder& decoder, const std::string& name, const ImageRequest& request) {
  const std::string bytes = MediaFile(name);
  auto image = decoder.DecodeImage(std::as_bytes(std::span(bytes)), request, Soon());
  if (!image) ADD_FAILURE() << name << ": " << image.error().message;
  return image ? std::move(*image) : DecodedImage{};
}

DecodedVideo Video(Decoder& decoder, const std::vector<std::string>& names, const json::Value& request) {
  if (names.size() == 1 && !IsPicture(names.front())) {
    VideoRequest options;
    options.fps = NumberOr(request, "fps", 1);
    options.max_frames = static_cast<int>(NumberOr(request, "max_frames", 64));
    const std::string bytes = MediaFile(names.front());
    auto video = decoder.DecodeVideo(std::as_bytes(std::span(bytes)), options, Soon());
    if (!video) ADD_FAILURE() << names.front() << ": " << video.error().message;
    return video ? std::move(*video) : DecodedVideo{};
  }
  std::vector<RgbImage> frames;
  const int max_frames = static_cast<int>(NumberOr(request, "max_frames_attr", 64));
  for (const std::int64_t i : PickFrames(static_cast<std::int64_t>(names.size()), max_frames)) {
    frames.push_back(Picture(decoder, names[static_cast<std::size_t>(i)], FrameListImageRequest()).pixels);
  }
  FrameListOptions options;
  options.total_pixels = NumberOr(request, "total_pixels", options.total_pixels);
  auto video = PrepareFrameList(std::move(frames), options);
  if (!video) ADD_FAILURE() << video.error().message;
  return video ? std::move(*video) : DecodedVideo{};
}

// The reference keeps videos as [frame, channel, row, column].
std::string PlanarSha(const DecodedVideo& video) {
  Sha256 sha;
  for (const RgbImage& frame : video.frames) {
    std::vector<std::uint8_t> plane(frame.rgb.size() / 3);
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = frame.rgb[3 * i + c];
      sha.Add(plane.data(), plane.size());
    }
  }
  return sha.Hex();
}

void AddNormalised(Sha256& sha, const VisionPatches& patches) {
  const std::vector<float> values = NormalisedValues(patches);
  sha.Add(values.data(), values.size() * sizeof(float));
}

void CheckDocument(Decoder& decoder, const json::Value& request, const json::Value& golden,
                   const Media& media) {
  ImageRequest image_request;
  image_request.min_pixels = static_cast<std::int64_t>(NumberOr(request, "min_pixels", 4 * 1024));
  image_request.max_pixels = static_cast<std::int64_t>(NumberOr(request, "max_pixels", 1800 * 1024));
  const auto resized = *golden.Find("resized_rgb8");
  ASSERT_EQ(resized.size(), media.images.size());
  Sha256 image_patches;
  for (std::size_t i = 0; i < media.images.size(); ++i) {
    const RgbImage pixels = Picture(decoder, media.images[i], image_request).pixels;
    Sha256 sha;
    sha.Add(pixels.rgb.data(), pixels.rgb.size());
    EXPECT_EQ(sha.Hex(), resized[i].Find("sha256")->AsString()) << media.images[i];
    const VisionPatches patches = ImagePatches(pixels, {});
    const auto grid = (*golden.Find("image_grid_thw"))[i];
    EXPECT_EQ(patches.grid,
              (Grid{1, static_cast<int>(grid[1].AsInteger()), static_cast<int>(grid[2].AsInteger())}));
    AddNormalised(image_patches, patches);
  }
  if (!media.images.empty()) {
    EXPECT_EQ(image_patches.Hex(), golden.Find("pixel_values")->Find("sha256")->AsString());
  }

  const auto videos = *golden.Find("video_rgb8");
  ASSERT_EQ(videos.size(), media.videos.size());
  Sha256 video_patches;
  for (std::size_t i = 0; i < media.videos.size(); ++i) {
    const DecodedVideo video = Video(decoder, media.videos[i], request);
    const auto frames = *videos[i].Find("frames");
    ASSERT_EQ(video.frame_indices.size(), frames.size());
    for (std::size_t k = 0; k < frames.size(); ++k) EXPECT_EQ(video.frame_indices[k], frames[k].AsInteger());
    EXPECT_EQ(video.fps, videos[i].Find("fps")->AsNumber());
    EXPECT_EQ(PlanarSha(video), videos[i].Find("sha256")->AsString()) << media.videos[i].front();
    const auto texts = (*golden.Find("timestamps"))[i];
    const auto stamps = Timestamps(video, 2);
    ASSERT_EQ(stamps.size(), texts.size());
    for (std::size_t k = 0; k < stamps.size(); ++k) EXPECT_EQ(stamps[k], texts[k].AsString());
    AddNormalised(video_patches, VideoPatches(video.frames, {}));
  }
  if (!media.videos.empty()) {
    EXPECT_EQ(video_patches.Hex(), golden.Find("pixel_values_videos")->Find("sha256")->AsString());
  }
}

void CheckAllCases(Decoder& decoder) {
  const auto requests = json::ParseFile(std::string(kGolden) + "requests.json");
  const auto golden = json::ParseFile(std::string(kGolden) + "golden.json");
  ASSERT_TRUE(requests && golden);
  const auto cases = *golden->root().Find("cases");
  int parts = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto request = requests->root()[i];
    SCOPED_TRACE(std::string(request.Find("name")->AsString()));
    const auto documents = *request.Find("documents");
    for (std::size_t d = 0; d < documents.size(); ++d) {
      Media media;
      AddSide(*request.Find("query"), &media);
      AddSide(documents[d], &media);
      parts += static_cast<int>(media.images.size() + media.videos.size());
      CheckDocument(decoder, request, (*cases[i].Find("documents"))[d], media);
    }
  }
  EXPECT_EQ(parts, 46);
}

TEST(GoldenMediaTest, EqualInThisProcess) {
  InlineDecoder decoder{DecodeLimits{}};
  CheckAllCases(decoder);
}

TEST(GoldenMediaTest, EqualThroughTheWorker) {
  auto pool = WorkerPool::Create({VLR_DECODE_PROGRAM, 2, {}});
  ASSERT_TRUE(pool) << pool.error().message;
  CheckAllCases(**pool);
  EXPECT_EQ((*pool)->stats().started, 1u);
}

}  // namespace
}  // namespace vlr
