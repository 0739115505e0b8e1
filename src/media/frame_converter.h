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
  Result<void> Prepare(const AVFrame& frame);
  Result<RgbImage> ToRgb(const AVFrame& frame, Size size);

  Size size_;
  int rotation_ = 0;
  SwsContextPtr scaler_;
  // What scaler_ was made for.
  Size in_size_;
  Size out_size_;
  int format_ = AV_PIX_FMT_NONE;
  int colorspace_ = AVCOL_SPC_UNSPECIFIED;
  int range_ = AVCOL_RANGE_UNSPECIFIED;
};

}  // namespace vlr
