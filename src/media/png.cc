#include <png.h>

#include <array>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "media/image_codecs.h"
#include "media/image_errors.h"

namespace vlr {
namespace {

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool ReadHeader() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning);
    if (png_ == nullptr) return false;
    return Guard(this, [](Reader& self) {
      self.info_ = png_create_info_struct(self.png_);
      png_set_read_fn(self.png_, &self, OnRead);
      // Sizes are judged by the caller; text and other side chunks are of no use and may be bombs.
      png_set_user_limits(self.png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_chunk_cache_max(self.png_, kMaxSideChunks);
      png_set_keep_unknown_chunks(self.png_, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
      png_set_keep_unknown_chunks(self.png_, PNG_HANDLE_CHUNK_NEVER, kIgnored.data(),
                                  static_cast<int>(kIgnored.size() / 5));
      png_read_info(self.png_, self.info_);
      self.size_ = {static_cast<int>(png_get_image_width(self.png_, self.info_)),
                    static_cast<int>(png_get_image_height(self.png_, self.info_))};
      self.depth_ = png_get_bit_depth(self.png_, self.info_);
      self.color_ = png_get_color_type(self.png_, self.info_);
      self.ReadPalette();
    });
  }

  // Rows of one sample (grey, index) to four, a byte or two each, interlacing undone.
  bool ReadRows() {
    return Guard(this, [](Reader& self) {
      if (self.color_ == PNG_COLOR_TYPE_GRAY && self.depth_ < 8) png_set_expand_gray_1_2_4_to_8(self.png_);
      if (self.color_ == PNG_COLOR_TYPE_PALETTE) png_set_packing(self.png_);
      png_set_interlace_handling(self.png_);
      png_read_update_info(self.png_, self.info_);
      self.row_bytes_ = png_get_rowbytes(self.png_, self.info_);
      self.Allocate();
      png_read_image(self.png_, self.rows_.data());
      // What follows the pixels cannot change them.
    });
  }

  Size size() const { return size_; }
  int depth() const { return depth_; }
  int color() const { return color_; }
  const std::uint8_t* row(int y) const { return rows_[static_cast<std::size_t>(y)]; }
  const std::array<std::uint8_t, 768>& palette() const { return palette_; }
  Error error() const {
    return text_.empty() ? Error{"decode_memory", "the PNG needs more memory than allowed"}
                         : CorruptImage("PNG: " + text_);
  }

 private:
  static constexpr int kMaxSideChunks = 1000;
  static constexpr std::array<png_byte, 45> kIgnored = {
      't', 'E', 'X', 't', 0, 'z', 'T', 'X', 't', 0, 'i', 'T', 'X', 't', 0,
      'i', 'C', 'C', 'P', 0, 'e', 'X', 'I', 'f', 0, 's', 'P', 'L', 'T', 0,
      'h', 'I', 'S', 'T', 0, 't', 'I', 'M', 'E', 0, 'p', 'C', 'A', 'L', 0};

  static void OnRead(png_structp png, png_bytep to, std::size_t count) {
    auto& self = *static_cast<Reader*>(png_get_io_ptr(png));
    if (count > self.rest_.size()) png_error(png, "the file is cut off");
    std::memcpy(to, self.rest_.data(), count);
    self.rest_ = self.rest_.subspan(count);
  }
  [[noreturn]] static void OnError(png_structp png, png_const_charp text) {
    auto& self = *static_cast<Reader*>(png_get_error_ptr(png));
    self.text_ = text;
    std::longjmp(self.jump_, 1);
  }
  static void OnWarning(png_structp, png_const_charp) {}

  // Only plain C state may be live across the jump: hence a function pointer and no objects here.
  static bool Guard(Reader* self, void (*step)(Reader&)) {
    if (setjmp(self->jump_) != 0) return false;  // NOLINT(cert-err52-cpp)
    step(*self);
    return true;
  }

  void ReadPalette() {
    png_colorp colors = nullptr;
    int count = 0;
    if (png_get_PLTE(png_, info_, &colors, &count) == 0) return;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      palette_[3 * i] = colors[i].red;
      palette_[3 * i + 1] = colors[i].green;
      palette_[3 * i + 2] = colors[i].blue;
    }
  }

  void Allocate() {
    const auto height = static_cast<std::size_t>(size_.height);
    pixels_.resize(row_bytes_ * height);
    rows_.resize(height);
    for (std::size_t y = 0; y < height; ++y) rows_[y] = pixels_.data() + y * row_bytes_;
  }

  std::span<const std::byte> rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_{};
  std::string text_;
  Size size_;
  int depth_ = 0;
  int color_ = 0;
  std::size_t row_bytes_ = 0;
  std::array<std::uint8_t, 768> palette_{};  // an index past the palette is black
  std::vector<std::uint8_t> pixels_;
  std::vector<png_bytep> rows_;
};

struct Samples {
  int channels;
  int bytes;  // a sample; the high byte comes first
};

// One pixel as Pillow's mode of that colour type, turned to RGB.
void ConvertPixel(const std::uint8_t* in, const Reader& reader, Samples samples, std::uint8_t* out) {
  const std::ptrdiff_t step = samples.bytes;
  switch (reader.color()) {
    case PNG_COLOR_TYPE_PALETTE:
      std::memcpy(out, reader.palette().data() + std::ptrdiff_t{3} * in[0], 3);
      break;
    case PNG_COLOR_TYPE_GRAY:  // L, or I;16, which clips
      std::memset(out, step == 2 ? (in[0] != 0 ? 255 : in[1]) : in[0], 3);
      break;
    case PNG_COLOR_TYPE_GRAY_ALPHA:  // LA drops alpha; with 16 bits the mode is RGBA
      std::memset(out, step == 2 ? OnWhite(in[0], in[2]) : in[0], 3);
      break;
    case PNG_COLOR_TYPE_RGB:
      for (int c = 0; c < 3; ++c) out[c] = in[c * step];
      break;
    default:
      for (int c = 0; c < 3; ++c) out[c] = OnWhite(in[c * step], in[3 * step]);
  }
}

int Channels(int color) {
  switch (color) {
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return 2;
    case PNG_COLOR_TYPE_RGB:
      return 3;
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return 4;
    default:
      return 1;
  }
}

}  // namespace

Result<Size> PngSize(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  if (!reader.ReadHeader()) return reader.error();
  return reader.size();
}

Result<RgbImage> DecodePng(std::span<const std::byte> bytes, std::int64_t max_pixels) {
  Reader reader(bytes);
  if (!reader.ReadHeader()) return reader.error();
  if (const auto ok = CheckImageSize(reader.size(), max_pixels); !ok) return ok.error();
  if (!reader.ReadRows()) return reader.error();
  const Samples samples = {Channels(reader.color()), reader.depth() == 16 ? 2 : 1};
  const std::ptrdiff_t stride = std::ptrdiff_t{samples.channels} * samples.bytes;
  RgbImage image = MakeRgbImage(reader.size());
  for (int y = 0; y < image.size.height; ++y) {
    const std::uint8_t* in = reader.row(y);
    std::uint8_t* out = image.row(y);
    for (int x = 0; x < image.size.width; ++x, in += stride, out += 3) ConvertPixel(in, reader, samples, out);
  }
  return image;
}

}  // namespace vlr
