#include "media/frame_reader.h"

#include <algorithm>
#include <string>

namespace vlr {
namespace {

using Item = PacketDecoder::Item;

// How far back the reader goes to find a frame that the decoder does not give, as decord's default.
constexpr int kMaxRewinds = 16;

Error Unreadable(std::int64_t index) {
  return {"video_corrupt", "frame " + std::to_string(index) + " cannot be decoded"};
}

}  // namespace

FrameReader::FrameReader(VideoFile* file, const DecodeLimits& limits)
    : file_(file),
      max_frames_(limits.max_video_frames),
      decoder_(file->codec()),
      converter_(file->size(), file->rotation_degrees()),
      packet_(av_packet_alloc()) {}

Result<void> FrameReader::Index() {
  if (!packet_) return Error{"decode_memory", "the video needs more memory than allowed"};
  for (;;) {
    const auto more = file_->ReadPacket(packet_.get());
    if (!more) return more.error();
    if (!*more) break;
    if ((packet_->flags & AV_PKT_FLAG_KEY) != 0) key_frames_.push_back(count());
    timestamps_.push_back(packet_->pts);
    av_packet_unref(packet_.get());
    if (count() > max_frames_) {
      return Error{"video_too_large", "the video has more than " + std::to_string(max_frames_) + " frames"};
    }
  }
  const auto untimed = std::count(timestamps_.begin(), timestamps_.end(), AV_NOPTS_VALUE);
  in_order_ = untimed > 0 && untimed < count();
  std::sort(timestamps_.begin(), timestamps_.end());
  for (std::int64_t i = 0; i < count(); ++i) index_of_.emplace(timestamps_[static_cast<std::size_t>(i)], i);
  if (count() == 0) return {};
  current_ = count();
  return in_order_ ? Rewind() : SeekTo(0);
}

Result<void> FrameReader::Rewind() {
  decoder_.Clear();
  last_ = {};
  ended_ = false;
  if (!file_->Seek(0, AVSEEK_FLAG_BACKWARD) && !file_->Seek(0, AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_FRAME)) {
    return Unreadable(0);
  }
  current_ = 0;
  return {};
}

Result<void> FrameReader::ReadUpTo(std::int64_t index) {
  if (index < current_) {
    if (const auto ok = Rewind(); !ok) return ok.error();
  }
  while (current_ < index) {
    const auto item = NextAnswer();
    if (!item) return item.error();
    if (item->kind == Item::Kind::kDrained) return Unreadable(index);
    ++current_;
  }
  return {};
}

Result<void> FrameReader::SeekTo(std::int64_t index) {
  if (current_ == index) return {};
  if (index < 0 || index >= count()) return Unreadable(index);
  decoder_.Clear();
  unasked_ = true;
  last_ = {};
  ended_ = false;
  const std::int64_t timestamp = timestamps_[static_cast<std::size_t>(index)];
  const bool done = (current_ <= index && file_->Seek(timestamp, 0)) ||
                    file_->Seek(timestamp, AVSEEK_FLAG_BACKWARD) ||
                    file_->Seek(index, AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_FRAME);
  if (!done) return Unreadable(index);
  current_ = index;
  return {};
}

std::int64_t FrameReader::KeyFrameBefore(std::int64_t index) const {
  if (key_frames_.empty() || index <= key_frames_.front()) return 0;
  if (index >= count()) return key_frames_.back();
  return *(std::upper_bound(key_frames_.begin(), key_frames_.end(), index) - 1);
}

Result<void> FrameReader::SeekExactly(std::int64_t index) {
  if (current_ == index) return {};
  key_frame_.reset();
  const std::int64_t key = KeyFrameBefore(index);
  if (key == KeyFrameBefore(current_) && index > current_) return SkipFrames(index - current_);
  // From the start, so that the seek that counts always runs forward.
  if (const auto ok = SeekTo(0); !ok) return ok.error();
  if (const auto ok = SeekTo(key); !ok) return ok.error();
  const auto there = DecodeKeyFrame();
  if (!there) return there.error();
  if (*there) {
    if (index == key) return {};
    key_frame_.reset();
    return SkipFrames(index - current_);
  }
  key_frame_.reset();
  if (current_ < index) return SkipFrames(index - current_);
  if (const auto ok = SeekTo(key); !ok) return ok.error();
  return SkipFrames(index - key);
}

Result<void> FrameReader::PushNext() {
  if (ended_) return {};
  const auto more = file_->ReadPacket(packet_.get());
  if (!more) return more.error();
  if (!*more) {
    ended_ = true;
    return decoder_.Drain();
  }
  auto pushed = decoder_.Push(*packet_);
  av_packet_unref(packet_.get());
  return pushed;
}

// The decoder's next answer that is not "nothing yet". Past the last one the video is damaged: decord would
// wait.
Result<Item> FrameReader::NextAnswer() {
  for (;;) {
    if (const auto ok = PushNext(); !ok) return ok.error();
    if (decoder_.empty()) return Unreadable(current_);
    Item item = decoder_.Pop();
    unasked_ = false;
    if (item.kind != Item::Kind::kNothing) return item;
  }
}

// Decodes the frame that the seek led to. False when it is another than expected: current_ then follows it.
Result<bool> FrameReader::DecodeKeyFrame() {
  auto item = NextAnswer();
  if (!item) return item.error();
  if (item->kind == Item::Kind::kDrained) {  // the seek led to the end
    current_ = count();
    return false;
  }
  const auto found = index_of_.find(item->pts);
  const std::int64_t real = found == index_of_.end() ? current_ : found->second;
  const bool expected = real == current_;
  current_ = real + 1;
  if (expected) key_frame_ = std::move(item->picture);
  return expected;
}

Result<void> FrameReader::SkipFrames(std::int64_t count_to_skip) {
  std::int64_t left = std::min(count() - current_, count_to_skip);
  if (left < 1) return {};
  const auto first = timestamps_.begin() + current_;
  decoder_.Skip({first, first + left});
  for (; left > 0; --left, ++current_) {
    if (const auto item = NextAnswer(); !item) return item.error();
  }
  decoder_.ClearSkip();
  return {};
}

Result<RgbImage> FrameReader::Next() {
  if (key_frame_) {
    const FramePtr picture = std::move(key_frame_);
    return converter_.Convert(*picture);
  }
  for (int rewinds = 0;;) {
    if (current_ >= count()) return Unreadable(current_);
    if (rewinds > 0 && unasked_) {
      // decord looks for an answer before its decoder's thread can have one, and then takes the end that it
      // saw last for it.
      if (const auto ok = GoBack(&rewinds); !ok) return ok.error();
      continue;
    }
    auto item = NextAnswer();
    if (!item && item.error().code == "video_corrupt" && ended_ && !last_.rgb.empty()) {
      ++current_;
      return last_;
    }
    if (!item) return item.error();
    if (item->kind == Item::Kind::kPicture) {
      auto image = converter_.Convert(*item->picture);
      if (!image) return image.error();
      ++current_;
      last_ = *image;
      return image;
    }
    if (item->kind == Item::Kind::kSkipped) continue;
    if (!last_.rgb.empty()) {
      ++current_;
      return last_;
    }
    if (const auto ok = GoBack(&rewinds); !ok) return ok.error();
  }
}

Result<void> FrameReader::GoBack(int* rewinds) {
  if (in_order_ || *rewinds > kMaxRewinds) return Unreadable(current_);
  return SeekExactly(current_ - (*rewinds)++);
}

Result<RgbImage> FrameReader::Read(std::int64_t index) {
  if (current_ != index) {
    if (const auto ok = in_order_ ? ReadUpTo(index) : SeekExactly(index); !ok) return ok.error();
  }
  return Next();
}

}  // namespace vlr
