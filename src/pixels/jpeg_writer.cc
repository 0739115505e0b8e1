#include "pixels/jpeg_writer.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "pixels/resize.h"

namespace vlr {
namespace {

constexpr int kThumbnailQuality = 80;

// libjpeg reports fatal errors by a call that must not return.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
};

[[noreturn]] void OnError(j_common_ptr info) {
  std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->jump, 1);
}

// No object with a destructor lives here: an error jumps over it. `*out` is for std::free.
bool Compress(const RgbImage& image, int quality, unsigned char** out, unsigned long* size) {
  jpeg_compress_struct info{};
  ErrorManager errors{};
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = OnError;
  errors.base.output_message = [](j_common_ptr) {};
  if (setjmp(errors.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, out, size);
  info.image_width = static_cast<JDIMENSION>(image.size.width);
  info.image_height = static_cast<JDIMENSION>(image.size.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(image.row(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

Result<std::string> WriteJpeg(const RgbImage& image, int quality) {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const bool done = Compress(image, quality, &bytes, &size);
  Result<std::string> jpeg = Error{"internal", "a thumbnail cannot be written"};
  if (done) jpeg = std::string(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return jpeg;
}

Result<std::string> Thumbnail(const RgbImage& image, int side) {
  const int longest = std::max(image.size.width, image.size.height);
  if (longest <= side) return WriteJpeg(image, kThumbnailQuality);
  const auto scaled = [&](int length) { return std::max(1, length * side / longest); };
  return WriteJpeg(ResizeBicubicPil(image, {scaled(image.size.width), scaled(image.size.height)}),
                   kThumbnailQuality);
}

}  // namespace vlr
