#include "media/video_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "media/format.h"

namespace vlr {
namespace {

// With one thread decord finds other frames near the end of open groups of pictures; from two on they are the
// same.
constexpr int kDecoderThreads = 2;

constexpr const char* kCodecs = "h264,hevc,vp8,vp9,libdav1d,libaom-av1,av1,mpeg4,mpeg2video,mjpeg";

Error Corrupt(const std::string& what) {
  return {"video_corrupt", what};
}
Error NoMemory() {
  return {"decode_memory", "the video needs more memory than allowed"};
}
Error TimedOut() {
  return {"decode_timeout", "the video took longer to decode than allowed"};
}

const char* DemuxerOf(VideoFormat format) {
  switch (format) {
    case VideoFormat::kMp4:
      return "mov";
    case VideoFormat::kAvi:
      return "avi";
    case VideoFormat::kMatroska:
      return "matroska";
    case VideoFormat::kNone:
      break;
  }
  return "";
}

bool IsAllowed(const AVCodec& codec) {
  const std::string list = std::string(",") + kCodecs + ",";
  return list.find(std::string(",") + codec.name + ",") != std::string::npos;
}

// A playlist or reference inside a file must not open anything.
int RefuseOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

const std::uint8_t* DisplayMatrix(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVPacketSideData* data = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data != nullptr && data->size >= 9 * sizeof(std::int32_t) ? data->data : nullptr;
#else
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return size >= 9 * sizeof(std::int32_t) ? data : nullptr;
#endif
}

}  // namespace

VideoFile::VideoFile(std::span<const std::byte> bytes, const DecodeLimits& limits, Decoder::Deadline deadline)
    : bytes_(bytes), limits_(limits), deadline_(std::move(deadline)), io_(bytes) {}

int VideoFile::Interrupted(void* self) {
  return std::chrono::steady_clock::now() >= static_cast<VideoFile*>(self)->deadline_.at ? 1 : 0;
}

Result<std::unique_ptr<VideoFile>> VideoFile::Open(std::span<const std::byte> bytes,
                                                   const DecodeLimits& limits, Decoder::Deadline deadline) {
  av_log_set_level(AV_LOG_QUIET);
  std::unique_ptr<VideoFile> file(new VideoFile(bytes, limits, std::move(deadline)));
  if (const auto ok = file->OpenContainer(); !ok) return ok.error();
  if (const auto ok = file->OpenCodec(); !ok) return ok.error();
  return file;
}

Result<void> VideoFile::OpenContainer() {
  const VideoFormat format = SniffVideo(bytes_);
  if (format == VideoFormat::kNone) {
    return Error{"video_unsupported", "not an MP4, MOV, AVI, MKV or WebM video"};
  }
  if (bytes_.size() > limits_.max_video_bytes) {
    return Error{"video_too_large",
                 "the video's file is larger than " + std::to_string(limits_.max_video_bytes) + " bytes"};
  }
  const AVInputFormat* demuxer = av_find_input_format(DemuxerOf(format));
  if (demuxer == nullptr || io_.context() == nullptr) return NoMemory();
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) return NoMemory();
  raw->pb = io_.context();
  raw->io_open = RefuseOpen;
  raw->interrupt_callback = {Interrupted, this};
  AVDictionary* options = nullptr;
  av_dict_set(&options, "codec_whitelist", kCodecs, 0);
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  const int opened = avformat_open_input(&raw, nullptr, demuxer, &options);  // frees raw when it fails
  av_dict_free(&options);
  if (opened >= 0) container_.reset(raw);
  if (Interrupted(this) != 0) return TimedOut();
  if (opened == AVERROR(ENOMEM)) return NoMemory();
  if (opened < 0) return Corrupt("the video's container is cut off or damaged");
  if (IsCutOff(bytes_, format)) return Corrupt("the video is cut off");
  if (avformat_find_stream_info(raw, nullptr) < 0) return Corrupt("the video's streams are damaged");
  if (Interrupted(this) != 0) return TimedOut();
  return {};
}

Result<void> VideoFile::OpenCodec() {
  stream_ = av_find_best_stream(container_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (stream_ < 0) return Error{"video_unsupported", "the file holds no video stream"};
  AVStream* stream = container_->streams[stream_];
  const AVCodec* decoder = avcodec_find_decoder(stream->codecpar->codec_id);
  if (decoder == nullptr || !IsAllowed(*decoder)) {
    return Error{
        "video_unsupported",
        std::string("videos in ") + avcodec_get_name(stream->codecpar->codec_id) + " are not supported"};
  }
  const Size size = {stream->codecpar->width, stream->codecpar->height};
  if (size.width <= 0 || size.height <= 0) return Corrupt("the video states no size");
  if (size.pixels() > limits_.max_frame_pixels) {
    return Error{"video_too_large", "the video is " + std::to_string(size.width) + "x" +
                                        std::to_string(size.height) + ", more than " +
                                        std::to_string(limits_.max_frame_pixels) + " pixels a frame"};
  }
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_ || avcodec_parameters_to_context(codec_.get(), stream->codecpar) < 0) return NoMemory();
  codec_->thread_count = kDecoderThreads;
  codec_->max_pixels = limits_.max_frame_pixels;
  codec_->time_base = stream->time_base;
  codec_->pkt_timebase = stream->time_base;
  if (avcodec_open2(codec_.get(), decoder, nullptr) < 0) return Corrupt("the video's codec data are damaged");
  return {};
}

Result<bool> VideoFile::ReadPacket(AVPacket* packet) {
  for (;;) {
    const int status = av_read_frame(container_.get(), packet);
    if (Interrupted(this) != 0) return TimedOut();
    if (status == AVERROR_EOF) return false;
    if (status == AVERROR(ENOMEM)) return NoMemory();
    if (status < 0) return Corrupt("the video's packets are damaged");
    if (++packets_ > limits_.max_video_packets) {
      return Error{"video_too_large",
                   "the video has more than " + std::to_string(limits_.max_video_packets) + " packets"};
    }
    if (packet->stream_index == stream_) {
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) return Corrupt("the video is cut off");
      return true;
    }
    av_packet_unref(packet);
  }
}

bool VideoFile::Seek(std::int64_t timestamp, int flags) {
  return av_seek_frame(container_.get(), stream_, timestamp, flags) >= 0;
}

double VideoFile::fps() const {
  const AVRational rate = container_->streams[stream_]->avg_frame_rate;
  return static_cast<double>(rate.num) / static_cast<double>(rate.den);
}

int VideoFile::rotation_degrees() const {
  const std::uint8_t* matrix = DisplayMatrix(*container_->streams[stream_]);
  if (matrix == nullptr) return 0;
  std::array<std::int32_t, 9> values{};
  std::copy_n(matrix, sizeof(values), reinterpret_cast<std::uint8_t*>(values.data()));
  double degrees = -av_display_rotation_get(values.data());
  if (!std::isfinite(degrees)) return 0;
  if (degrees < 0) degrees += 360;
  // FFmpeg 4.1 passed the angle as text of six digits, which turns 89.99999 into 90.
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%g", degrees);
  return static_cast<int>(std::fmod(std::strtod(text.data(), nullptr), 360.0));
}

Size VideoFile::size() const {
  const AVCodecParameters& parameters = *container_->streams[stream_]->codecpar;
  const int rotation = rotation_degrees();
  if (rotation == 90 || rotation == 270) return {parameters.height, parameters.width};
  return {parameters.width, parameters.height};
}

double VideoFile::duration_s() const {
  if (container_->duration == AV_NOPTS_VALUE || container_->duration < 0) return 0;
  return static_cast<double>(container_->duration) / AV_TIME_BASE;
}

std::int64_t VideoFile::stated_frames() const {
  return container_->streams[stream_]->nb_frames;
}

std::string VideoFile::format() const {
  return FormatName(SniffVideo(bytes_));
}

std::string VideoFile::codec_name() const {
  return avcodec_get_name(container_->streams[stream_]->codecpar->codec_id);
}

}  // namespace vlr
