#include <csetjmp>
#include <cstdio>
#include <string>
#include <vector>

#include <jpeglib.h>

#include "media/image_codecs.h"
#include "media/image_errors.h"

namespace vlr {
namespace {

// libjpeg reports fatal errors by a call that must not return: it jumps back to Guard().
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  int code;
  std::string text;
};

[[noreturn]] void OnError(j_common_ptr info) {
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  manager->text = text;
  manager->code = info->err->msg_code;
  std::longjmp(manager->jump, 1);
}

// The source is the whole file. Asking for more suspends the decoder: then the file was cut off.
boolean NoMoreInput(j_decompress_ptr) {
  return FALSE;
}
void NoSource(j_decompress_ptr) {}

void SkipInput(j_decompress_ptr info, long count) {
  jpeg_source_mgr& source = *info->src;
  const std::size_t step = count <= 0 ? 0 : std::min(static_cast<std::size_t>(count), source.bytes_in_buffer);
  source.next_input_byte += step;
  source.bytes_in_buffer -= step;
}

class Decompressor {
 public:
  explicit Decompressor(std::span<const std::byte> bytes) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = OnError;
    errors_.base.output_message = [](j_common_ptr) {};
    source_.init_source = NoSource;
    source_.fill_input_buffer = NoMoreInput;
    source_.skip_input_data = SkipInput;
    source_.resync_to_restart = jpeg_resync_to_restart;
    source_.term_source = NoSource;
    source_.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    source_.bytes_in_buffer = bytes.size();
  }
  ~Decompressor() {
    if (created_) jpeg_destroy_decompress(&info_);
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  bool ReadHeader() {
    return Guard(this, [](Decompressor& self) {
      jpeg_create_decompress(&self.info_);
      self.created_ = true;
      self.info_.src = &self.source_;
      return jpeg_read_header(&self.info_, TRUE) == JPEG_HEADER_OK;
    });
  }
  bool Start(J_COLOR_SPACE out) {
    info_.out_color_space = out;
    return Guard(this, [](Decompressor& self) { return jpeg_start_decompress(&self.info_) != FALSE; });
  }
  bool ReadRow(JSAMPLE* row) {
    row_ = row;
    return Guard(this,
                 [](Decompressor& self) { return jpeg_read_scanlines(&self.info_, &self.row_, 1) == 1; });
  }

  Size size() const { return {static_cast<int>(info_.image_width), static_cast<int>(info_.image_height)}; }
  int components() const { return info_.num_components; }
  Error error() const {
    if (errors_.text.empty()) return CorruptImage("the JPEG is cut off");
    if (errors_.code == kOutOfMemory) return {"decode_memory", "the JPEG needs more memory than allowed"};
    return CorruptImage("JPEG: " + errors_.text);
  }

 private:
  static constexpr int kOutOfMemory = 56;  // JERR_OUT_OF_MEMORY of libjpeg's stable message table

  // Only plain C state may be live across the jump: hence a function pointer and no objects here.
  static bool Guard(Decompressor* self, bool (*step)(Decompressor&)) {
    if (setjmp(self->errors_.jump) != 0) return false;  // NOLINT(cert-err52-cpp)
    return step(*self);
  }

  jpeg_decompress_struct info_{};
  jpeg_source_mgr source_{};
  ErrorManager errors_{};
  bool created_ = false;
  JSAMPLE* row_ = nullptr;
};

// Pillow's CMYK to RGB of inverted samples c' = 255 - c: white less K, less its share of each ink.
std::uint8_t InkToLight(std::uint32_t stored, std::uint32_t stored_key) {
  const std::uint32_t product = (255 - stored) * stored_key + 128;
  return static_cast<std::uint8_t>(stored_key - ((product + (product >> 8)) >> 8));
}

// A row of grey or ink samples to RGB.
void ExpandRow(const std::vector<JSAMPLE>& in, int components, std::uint8_t* out, int width) {
  const JSAMPLE* from = in.data();
  for (int x = 0; x < width; ++x, from += components, out += 3) {
    for (int c = 0; c < 3; ++c) out[c] = components == 1 ? from[0] : InkToLight(from[c], from[3]);
  }
}

}  // namespace

Result<Size> JpegSize(std::span<const std::byte> bytes) {
  Decompressor decompressor(bytes);
  if (!decompressor.ReadHeader()) return decompressor.error();
  return decompressor.size();
}

Result<RgbImage> DecodeJpeg(std::span<const std::byte> bytes, std::int64_t max_pixels) {
  Decompressor decompressor(bytes);
  if (!decompressor.ReadHeader()) return decompressor.error();
  if (const auto ok = CheckImageSize(decompressor.size(), max_pixels); !ok) return ok.error();
  const int components = decompressor.components();
  if (components != 1 && components != 3 && components != 4) {
    return UnsupportedImage("a JPEG of " + std::to_string(components) + " components");
  }
  if (!decompressor.Start(components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK)) {
    return decompressor.error();
  }
  RgbImage image = MakeRgbImage(decompressor.size());
  const bool in_place = components == 3;
  std::vector<JSAMPLE> row(in_place ? 0 : static_cast<std::size_t>(image.size.width * components));
  for (int y = 0; y < image.size.height; ++y) {
    if (!decompressor.ReadRow(in_place ? image.row(y) : row.data())) return decompressor.error();
    if (!in_place) ExpandRow(row, components, image.row(y), image.size.width);
  }
  return image;
}

}  // namespace vlr
