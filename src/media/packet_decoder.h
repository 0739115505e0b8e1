// Packets in, pictures out, one queue between them: decord's decoder thread made synchronous.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "media/ffmpeg.h"

namespace vlr {

class PacketDecoder {
 public:
  // One answer of the decoder.
  struct Item {
    enum class Kind : std::uint8_t {
      kNothing,  // the packet gave no picture yet
      kPicture,
      kSkipped,  // a picture that was not wanted: no pixels
      kDrained,  // the end was reached before
    };
    Kind kind = Kind::kNothing;
    std::int64_t pts = -1;
    FramePtr picture;
  };

  explicit PacketDecoder(AVCodecContext* codec) : codec_(codec) {}

  // Errors: "video_corrupt", "decode_memory".
  Result<void> Push(const AVPacket& packet);
  // No more packets: the pictures that are still inside, then a run of kDrained.
  Result<void> Drain();
  bool empty() const { return items_.empty(); }
  Item Pop();  // REQUIRES !empty()

  // Forgets everything; for a seek.
  void Clear();
  // Pictures with these timestamps come as kSkipped.
  void Skip(const std::vector<std::int64_t>& timestamps) {
    skip_.insert(timestamps.begin(), timestamps.end());
  }
  void ClearSkip() { skip_.clear(); }

 private:
  Result<void> Send(const AVPacket* packet);
  Result<bool> Receive();  // false: nothing now
  void Keep(FramePtr picture);

  AVCodecContext* codec_;
  std::deque<Item> items_;
  std::unordered_set<std::int64_t> skip_;
};

}  // namespace vlr
