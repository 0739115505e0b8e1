// Bytes of a picture or a video to resized pixels: the one interface that everything above uses.
//
// Error codes of every call, stable:
//   image_unsupported    the bytes are none of JPEG, PNG, WebP, GIF
//   image_corrupt        the picture is cut off or damaged
//   image_too_large      more bytes or pixels than the limits allow; refused before anything is allocated
//   image_aspect_ratio   one side is more than 200 times the other
//   image_quality_low    measured below ImageRequest::quality_threshold; the message gives both
//   video_unsupported    container or codec is not on the list
//   video_corrupt        the video is cut off or damaged, or frames that were asked for cannot be decoded
//   video_too_large      more bytes, pixels, frames or packets than the limits allow
//   video_too_short      fewer than two frames, in the video or in the chosen segment
//   video_range_invalid  start and end leave no frames
//   video_aspect_ratio   as image_aspect_ratio
//   decode_timeout       the deadline or the CPU limit passed
//   decode_memory        the memory limit was reached
//   decoder_crashed      two decoder processes, one after the other, died on these bytes
//   decoder_unavailable  no decoder process can be started: the program, not the document, is at fault
//   cancelled            whoever asked has gone
//   invalid_request      a field of the request is out of range; Error::part names it
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pixels/image.h"

namespace vlr {

enum class ImageResize : std::uint8_t {
  kNative,  // the model's own preprocessing and nothing else: what parity is measured on
  kFit,     // first scaled into `box` and padded to it with white
  kCrop,    // first scaled to fill `box` and cut to it round the centre
};

struct ImageRequest {
  int factor = 32;  // sides become multiples of it; 64 for the frames of a frame list
  std::int64_t min_pixels = std::int64_t{4} * 32 * 32;
  std::int64_t max_pixels = std::int64_t{1800} * 32 * 32;
  ImageResize resize = ImageResize::kNative;
  Size box;                      // for kFit and kCrop
  double blur_sigma = 0;         // Gaussian, in pixels of the box (kNative: of the original); 0: none
  bool measure_quality = false;  // fill DecodedImage::quality
  double quality_threshold = 0;  // 0...1; above 0 it implies measure_quality
};

struct VideoRequest {
  double fps = 1;                 // frames a second of video
  int max_frames = 64;            // floored to even
  std::optional<double> start_s;  // a segment, in seconds
  std::optional<double> end_s;
  int factor = 32;
  std::int64_t frame_min_pixels = std::int64_t{128} * 32 * 32;
  std::int64_t frame_max_pixels = std::int64_t{768} * 32 * 32;
  double total_pixels = 128000.0 * 32 * 32 * 0.9;  // of all frames together; halved by the temporal patch
};

struct DecodedImage {
  RgbImage pixels;                // resized: sides are multiples of factor
  Size original;                  // as the file says, no EXIF rotation
  std::optional<double> quality;  // 0...1
};

struct DecodedVideo {
  std::vector<RgbImage> frames;             // resized, all of one size, an even count
  std::vector<std::int64_t> frame_indices;  // of each frame, in the whole original video
  double fps = 0;                           // of the original: index / fps is the time in seconds
  Size original;                            // after the file's rotation
  std::int64_t total_frames = 0;            // of the whole original
};

enum class MediaKind : std::uint8_t { kImage, kVideo };

struct MediaInfo {
  MediaKind kind = MediaKind::kImage;
  std::string format;  // "jpeg", "png", "webp", "gif", "mp4", "avi", "matroska"
  std::string codec;   // of a video: "h264", …; empty for a picture
  Size size;           // of a video: after rotation
  std::int64_t frames = 1;
  double fps = 0;  // 0 for a picture
  double duration_s = 0;
  int rotation_degrees = 0;  // clockwise, as the file asks
};

// Checked before allocation wherever the format tells in time, else while decoding.
struct DecodeLimits {
  std::size_t max_image_bytes = std::size_t{64} << 20;
  std::size_t max_video_bytes = std::size_t{512} << 20;
  std::int64_t max_image_pixels = 100'000'000;
  std::int64_t max_frame_pixels = 36'000'000;  // a video's, 8192 x 4352
  std::int64_t max_video_frames = 500'000;     // in the file
  std::int64_t max_video_packets = 2'000'000;  // read in one call, of all streams
  int max_sampled_frames = 768;                // VideoRequest::max_frames at most
  std::size_t max_output_bytes = std::size_t{1} << 30;
  std::chrono::seconds max_cpu{60};                     // of one call; enforced on worker processes
  std::size_t max_memory_bytes = std::size_t{2} << 30;  // address space of a worker process
};

// Thread safe; calls block their caller until the answer or the deadline. `bytes` must stay unchanged while
// the call lasts. No call throws for bad bytes.
class Decoder {
 public:
  // When a call ends at the latest: at that time, or once `stop` is asked for ("cancelled").
  struct Deadline {
    Deadline(std::chrono::steady_clock::time_point at_in, std::stop_token stop_in = {})
        : at(at_in), stop(std::move(stop_in)) {}
    std::chrono::steady_clock::time_point at;
    std::stop_token stop;
  };

  virtual ~Decoder() = default;
  // EXIF orientation is ignored, as the reference ignores it; transparency ends on white (RGBA) as there.
  virtual Result<DecodedImage> DecodeImage(std::span<const std::byte> bytes, const ImageRequest& request,
                                           Deadline deadline) = 0;
  // Frames are chosen and resized as qwen-vl-utils 0.0.14 does with decord.
  virtual Result<DecodedVideo> DecodeVideo(std::span<const std::byte> bytes, const VideoRequest& request,
                                           Deadline deadline) = 0;
  // What the bytes hold, found without decoding all of it. Kind is told by the bytes alone.
  virtual Result<MediaInfo> Inspect(std::span<const std::byte> bytes, Deadline deadline) = 0;
};

}  // namespace vlr
