// Decoded frames to RGB, as decord's filter graph (transpose, scale, rgb24) of FFmpeg 4.1 does it.
#pragma once

#include "base/error.h"
#include "media/ffmpeg.h"
#include "pixels/image.h"

namespace vlr {

// Keeps its scaler between frames of one kind.
class FrameConverter {
 public:
  FrameConverter() = default;
  // rotation_degrees: clockwise; 90, 180 and 270 turn, everything else is left as it is. size: after turning.
  FrameConverter(Size size, int rotation_degrees) : size_(size), rotation_(rotation_degrees) {}

  Result<RgbImage> Convert(const AVFrame& frame);

 private:
  // What a scaler is made for.
  struct Kind {
    Size in_size;
    Size out_size;
    int in_format = AV_PIX_FMT_NONE;
    int out_format = AV_PIX_FMT_NONE;
    int colorspace = AVCOL_SPC_UNSPECIFIED;
    int range = AVCOL_RANGE_UNSPECIFIED;
    bool operator==(const Kind&) const = default;
  };

  Result<void> Prepare(const AVFrame& frame, Size out_size, int out_format);
  Result<FramePtr> ToFormat(const AVFrame& frame, int format);
  Result<RgbImage> ToRgb(const AVFrame& frame, Size size);

  Size size_;
  int rotation_ = 0;
  SwsContextPtr scaler_;
  Kind kind_;  // of scaler_
};

}  // namespace vlr
