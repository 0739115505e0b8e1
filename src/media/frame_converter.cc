#include "media/frame_converter.h"

#include <cstring>

namespace vlr {
namespace {

Error ConversionFailed() {
  return {"video_corrupt", "a frame's pixels cannot be converted"};
}
Error NoMemory() {
  return {"decode_memory", "the video needs more memory than allowed"};
}

// The colour matrices that the scale filter knows; anything else counts as BT.601.
int MatrixOf(int colorspace) {
  const bool known = colorspace >= 1 && colorspace <= 10 && colorspace != AVCOL_SPC_YCGCO;
  return known ? colorspace : static_cast<int>(AVCOL_SPC_BT470BG);
}

// Turning planes is exact only where chroma is subsampled alike in both directions.
bool PlanesCanTurn(const AVPixFmtDescriptor& format) {
  constexpr std::uint64_t unfit = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM;
  return (format.flags & unfit) == 0 && format.log2_chroma_w == format.log2_chroma_h;
}

// What a format that cannot turn becomes before: full chroma, the rest alike. AV_PIX_FMT_NONE: RGB has to do.
AVPixelFormat FullChroma(int format) {
  switch (format) {
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUV440P:
    case AV_PIX_FMT_YUV411P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUVJ444P;
    case AV_PIX_FMT_YUV422P10:
    case AV_PIX_FMT_YUV440P10:
      return AV_PIX_FMT_YUV444P10;
    case AV_PIX_FMT_YUV422P12:
    case AV_PIX_FMT_YUV440P12:
      return AV_PIX_FMT_YUV444P12;
    default:
      return AV_PIX_FMT_NONE;
  }
}

// A quarter turn of one plane: clockwise, or counterclockwise.
void TurnPlane(const AVFrame& in, AVFrame& out, int plane, int bytes, Size out_size, bool clockwise) {
  for (int y = 0; y < out_size.height; ++y) {
    std::uint8_t* to = out.data[plane] + std::ptrdiff_t{y} * out.linesize[plane];
    const int in_x = clockwise ? y : out_size.height - 1 - y;
    for (int x = 0; x < out_size.width; ++x, to += bytes) {
      const int in_y = clockwise ? out_size.width - 1 - x : x;
      std::memcpy(to,
                  in.data[plane] + std::ptrdiff_t{in_y} * in.linesize[plane] + std::ptrdiff_t{in_x} * bytes,
                  static_cast<std::size_t>(bytes));
    }
  }
}

FramePtr QuarterTurn(const AVFrame& in, const AVPixFmtDescriptor& format, bool clockwise) {
  FramePtr out(av_frame_alloc());
  if (!out) return nullptr;
  out->format = in.format;
  out->width = in.height;
  out->height = in.width;
  if (av_frame_get_buffer(out.get(), 0) < 0 || av_frame_copy_props(out.get(), &in) < 0) return nullptr;
  int steps[4];
  av_image_fill_max_pixsteps(steps, nullptr, &format);
  for (int plane = 0; plane < av_pix_fmt_count_planes(static_cast<AVPixelFormat>(in.format)); ++plane) {
    const int shift = plane == 1 || plane == 2 ? format.log2_chroma_w : 0;
    const Size size = {AV_CEIL_RSHIFT(out->width, shift), AV_CEIL_RSHIFT(out->height, shift)};
    TurnPlane(in, *out, plane, steps[plane], size, clockwise);
  }
  return out;
}

RgbImage TurnRgb(const RgbImage& in, bool clockwise) {
  RgbImage out = MakeRgbImage({in.size.height, in.size.width});
  for (int y = 0; y < out.size.height; ++y) {
    for (int x = 0; x < out.size.width; ++x) {
      const int in_x = clockwise ? y : out.size.height - 1 - y;
      const int in_y = clockwise ? out.size.width - 1 - x : x;
      std::memcpy(out.row(y) + std::ptrdiff_t{3} * x, in.row(in_y) + std::ptrdiff_t{3} * in_x, 3);
    }
  }
  return out;
}

}  // namespace

Result<void> FrameConverter::Prepare(const AVFrame& frame, Size out_size, int out_format) {
  const Kind kind = {
      {frame.width, frame.height}, out_size, frame.format, out_format, frame.colorspace, frame.color_range};
  if (scaler_ && kind == kind_) return {};
  scaler_.reset(sws_alloc_context());
  if (!scaler_) return NoMemory();
  SwsContext* scaler = scaler_.get();
  av_opt_set_int(scaler, "srcw", frame.width, 0);
  av_opt_set_int(scaler, "srch", frame.height, 0);
  av_opt_set_int(scaler, "src_format", frame.format, 0);
  av_opt_set_int(scaler, "dstw", out_size.width, 0);
  av_opt_set_int(scaler, "dsth", out_size.height, 0);
  av_opt_set_int(scaler, "dst_format", out_format, 0);
  av_opt_set_int(scaler, "sws_flags", SWS_BILINEAR, 0);
  // The filter places 4:2:0 chroma between two rows, as MPEG-2 does; it shows where rows are interpolated.
  if (frame.format == AV_PIX_FMT_YUV420P) av_opt_set_int(scaler, "src_v_chr_pos", 128, 0);
  if (sws_init_context(scaler, nullptr, nullptr) < 0) return ConversionFailed();

  int* in_table = nullptr;
  int* out_table = nullptr;
  int in_full = 0;
  int out_full = 0;
  int brightness = 0;
  int contrast = 0;
  int saturation = 0;
  if (sws_getColorspaceDetails(scaler, &in_table, &in_full, &out_table, &out_full, &brightness, &contrast,
                               &saturation) >= 0) {
    const int* matrix = sws_getCoefficients(MatrixOf(frame.colorspace));
    if (frame.color_range != AVCOL_RANGE_UNSPECIFIED) in_full = frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0;
    sws_setColorspaceDetails(scaler, matrix, in_full, matrix, out_full, brightness, contrast, saturation);
  }
  kind_ = kind;
  return {};
}

Result<RgbImage> FrameConverter::ToRgb(const AVFrame& frame, Size size) {
  if (const auto ok = Prepare(frame, size, AV_PIX_FMT_RGB24); !ok) return ok.error();
  // Rows of whole groups of 8 pixels, and room behind them: narrower ones lose columns of odd widths.
  FramePtr rgb(av_frame_alloc());
  if (!rgb) return NoMemory();
  rgb->format = AV_PIX_FMT_RGB24;
  rgb->width = (size.width + 31) / 32 * 32;
  rgb->height = size.height;
  if (av_frame_get_buffer(rgb.get(), 0) < 0) return NoMemory();
  if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rgb->data, rgb->linesize) !=
      size.height) {
    return ConversionFailed();
  }
  RgbImage image = MakeRgbImage(size);
  for (int y = 0; y < size.height; ++y) {
    std::memcpy(image.row(y), rgb->data[0] + std::ptrdiff_t{y} * rgb->linesize[0],
                std::size_t{3} * static_cast<std::size_t>(size.width));
  }
  return image;
}

Result<FramePtr> FrameConverter::ToFormat(const AVFrame& frame, int format) {
  if (const auto ok = Prepare(frame, {frame.width, frame.height}, format); !ok) return ok.error();
  FramePtr out(av_frame_alloc());
  if (!out) return NoMemory();
  out->format = format;
  out->width = frame.width;
  out->height = frame.height;
  if (av_frame_get_buffer(out.get(), 0) < 0 || av_frame_copy_props(out.get(), &frame) < 0) return NoMemory();
  if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, out->data, out->linesize) !=
      frame.height) {
    return ConversionFailed();
  }
  return out;
}

Result<RgbImage> FrameConverter::Convert(const AVFrame& frame) {
  const bool turns = rotation_ == 90 || rotation_ == 180 || rotation_ == 270;
  if (!turns) return ToRgb(frame, size_);
  const bool clockwise = rotation_ != 270;
  const int quarters = rotation_ == 180 ? 2 : 1;
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr) return ConversionFailed();
  if (const AVPixelFormat full = FullChroma(frame.format); full != AV_PIX_FMT_NONE) {
    const auto converted = ToFormat(frame, full);
    return converted ? Convert(**converted) : converted.error();
  }
  if (!PlanesCanTurn(*format)) {
    const bool swapped = quarters == 1;
    auto image = ToRgb(frame, swapped ? Size{size_.height, size_.width} : size_);
    for (int i = 0; image && i < quarters; ++i) image = TurnRgb(*image, clockwise);
    return image;
  }
  FramePtr turned = QuarterTurn(frame, *format, clockwise);
  if (turned && quarters == 2) turned = QuarterTurn(*turned, *format, clockwise);
  if (!turned) return NoMemory();
  return ToRgb(*turned, size_);
}

}  // namespace vlr
