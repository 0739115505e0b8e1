#include "media/packet_decoder.h"

namespace vlr {
namespace {

constexpr int kDrainedItems = 128;

Error Failure(int status) {
  if (status == AVERROR(ENOMEM)) return {"decode_memory", "the video needs more memory than allowed"};
  return {"video_corrupt", "the video's pictures are damaged"};
}

}  // namespace

Result<bool> PacketDecoder::Receive() {
  FramePtr picture(av_frame_alloc());
  if (!picture) return Failure(AVERROR(ENOMEM));
  const int status = avcodec_receive_frame(codec_, picture.get());
  if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return false;
  if (status < 0) return Failure(status);
  Keep(std::move(picture));
  return true;
}

Result<void> PacketDecoder::Send(const AVPacket* packet) {
  for (;;) {
    const int status = avcodec_send_packet(codec_, packet);
    if (status >= 0) return {};
    if (status != AVERROR(EAGAIN)) return Failure(status);
    // It is full: AV1's decoder gives several pictures for one packet now and then.
    const auto received = Receive();
    if (!received) return received.error();
    if (!*received) return Failure(status);
  }
}

Result<void> PacketDecoder::Push(const AVPacket& packet) {
  if (const auto ok = Send(&packet); !ok) return ok.error();
  const auto received = Receive();
  if (!received) return received.error();
  if (!*received) items_.emplace_back();
  return {};
}

Result<void> PacketDecoder::Drain() {
  if (const auto ok = Send(nullptr); !ok) return ok.error();
  for (;;) {
    const auto received = Receive();
    if (!received) return received.error();
    if (!*received) break;
  }
  for (int i = 0; i < kDrainedItems; ++i) items_.push_back({Item::Kind::kDrained, -1, nullptr});
  return {};
}

void PacketDecoder::Keep(FramePtr picture) {
  const std::int64_t pts = picture->best_effort_timestamp;
  // Without a timestamp nothing tells whether the picture is wanted.
  if (pts != AV_NOPTS_VALUE && skip_.contains(pts)) {
    items_.push_back({Item::Kind::kSkipped, pts, nullptr});
  } else {
    items_.push_back({Item::Kind::kPicture, pts, std::move(picture)});
  }
}

PacketDecoder::Item PacketDecoder::Pop() {
  Item item = std::move(items_.front());
  items_.pop_front();
  return item;
}

void PacketDecoder::Clear() {
  items_.clear();
  skip_.clear();
  avcodec_flush_buffers(codec_);
}

}  // namespace vlr
