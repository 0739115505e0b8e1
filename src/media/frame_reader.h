// Random access to the frames of a video by number, as decord 0.6.0 numbers and finds them: all packets are
// listed first, frames are counted by timestamp, and a seek goes to a key frame and decodes from there. Its
// answers to damaged and odd files are kept as well, since they are what the model was measured with. One
// kind is read otherwise: where only some packets have a timestamp (MPEG-4 and MPEG-2 with B-frames in AVI),
// decord gives different pictures for one number; here such files are decoded from the start, in the order of
// showing. Not thread safe.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "media/frame_converter.h"
#include "media/packet_decoder.h"
#include "media/video_file.h"
#include "pixels/image.h"

namespace vlr {

class FrameReader {
 public:
  // file must outlive it; Index comes before everything else.
  FrameReader(VideoFile* file, const DecodeLimits& limits);

  // Reads every packet once. Errors as VideoFile::ReadPacket, and "video_too_large" for too many frames.
  Result<void> Index();
  std::int64_t count() const { return static_cast<std::int64_t>(timestamps_.size()); }

  // REQUIRES 0 <= index < count(). Errors: "video_corrupt" when it cannot be decoded, "decode_timeout", ….
  Result<RgbImage> Read(std::int64_t index);

 private:
  Result<void> Rewind();
  Result<void> ReadUpTo(std::int64_t index);
  Result<void> SeekTo(std::int64_t index);
  Result<void> SeekExactly(std::int64_t index);
  Result<bool> DecodeKeyFrame();
  Result<void> SkipFrames(std::int64_t count);
  Result<RgbImage> Next();
  // Instead of a frame that the decoder does not give, goes to an earlier one, each time farther.
  Result<void> GoBack(int* rewinds);
  Result<void> PushNext();
  Result<PacketDecoder::Item> NextAnswer();
  std::int64_t KeyFrameBefore(std::int64_t index) const;

  VideoFile* file_;
  std::int64_t max_frames_;
  PacketDecoder decoder_;
  FrameConverter converter_;
  PacketPtr packet_;
  std::vector<std::int64_t> timestamps_;  // of the packets, sorted
  std::unordered_map<std::int64_t, std::int64_t> index_of_;
  std::vector<std::int64_t> key_frames_;  // in the order of packets
  bool in_order_ = false;                 // frames are counted, not looked up
  std::int64_t current_ = 0;              // the frame that comes next
  bool ended_ = false;
  bool unasked_ = false;  // no answer was taken since the last seek
  FramePtr key_frame_;    // decoded by a seek that ended right on it
  RgbImage last_;         // stands in for frames that are missing at the end
};

}  // namespace vlr
