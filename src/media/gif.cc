// The first frame of a GIF, bounded by its own sizes. Where the format leaves room, what Pillow does is done.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "media/gif_lzw.h"
#include "media/image_codecs.h"
#include "media/image_errors.h"

namespace vlr {
namespace {

using Palette = std::array<std::uint8_t, 768>;  // an index past the table is black

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool Has(std::size_t count) const { return rest_.size() >= count; }
  int Byte() {
    if (rest_.empty()) return -1;
    const auto value = std::to_integer<int>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  int Short() {  // little endian; REQUIRES Has(2)
    const int low = Byte();
    return low | Byte() << 8;
  }
  std::span<const std::byte> Take(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> rest_;
};

struct ColorTable {
  Palette colors{};
  bool is_grey_ramp = true;  // entry i is (i, i, i): Pillow then reads the frame as plain grey
};

ColorTable ReadColorTable(ByteReader& reader, int bits) {
  ColorTable table;
  const auto bytes = reader.Take(std::size_t{3} << bits);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    table.colors[i] = std::to_integer<std::uint8_t>(bytes[i]);
    if (table.colors[i] != i / 3) table.is_grey_ramp = false;
  }
  return table;
}

struct Frame {
  Size canvas;
  int left = 0;
  int top = 0;
  Size size;
  bool interlaced = false;
  std::optional<int> transparent;
  std::optional<ColorTable> local;
  std::optional<ColorTable> global;
  int code_bits = 0;
  std::span<const std::byte> data;  // of the LZW sub-blocks, to the end of the file
};

// Reads one extension; keeps the transparent index of a graphic control extension.
bool ReadExtension(ByteReader& reader, Frame* frame) {
  const int label = reader.Byte();
  for (bool first = true;; first = false) {
    const int length = reader.Byte();
    if (length < 0) return false;
    if (length == 0) return true;
    const auto block = reader.Take(static_cast<std::size_t>(length));
    if (first && label == 0xF9 && block.size() >= 4 && (std::to_integer<int>(block[0]) & 1) != 0) {
      frame->transparent = std::to_integer<int>(block[3]);
    }
  }
}

Result<void> ReadImageDescriptor(ByteReader& reader, Frame* frame) {
  if (!reader.Has(10)) return CorruptImage("the GIF is cut off");
  frame->left = reader.Short();
  frame->top = reader.Short();
  frame->size.width = reader.Short();
  frame->size.height = reader.Short();
  frame->canvas.width = std::max(frame->canvas.width, frame->left + frame->size.width);
  frame->canvas.height = std::max(frame->canvas.height, frame->top + frame->size.height);
  const int flags = reader.Byte();
  frame->interlaced = (flags & 64) != 0;
  if ((flags & 128) != 0) frame->local = ReadColorTable(reader, (flags & 7) + 1);
  frame->code_bits = reader.Byte();
  if (frame->code_bits < 0) return CorruptImage("the GIF is cut off");
  frame->data = reader.rest();
  return {};
}

// Everything up to the first frame's pixels.
Result<Frame> ReadHead(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  Frame frame;
  if (!reader.Has(13)) return CorruptImage("the GIF is cut off");
  reader.Take(6);
  frame.canvas.width = reader.Short();
  frame.canvas.height = reader.Short();
  const int flags = reader.Byte();
  reader.Take(2);
  if ((flags & 128) != 0) frame.global = ReadColorTable(reader, (flags & 7) + 1);
  for (;;) {
    const int introducer = reader.Byte();
    if (introducer < 0 || introducer == ';') return CorruptImage("the GIF holds no picture");
    if (introducer == '!' && !ReadExtension(reader, &frame)) return CorruptImage("the GIF is cut off");
    if (introducer == ',') {
      if (const auto ok = ReadImageDescriptor(reader, &frame); !ok) return ok.error();
      return frame;
    }
  }
}

const ColorTable* ChooseTable(const Frame& frame) {
  if (frame.local && !frame.local->is_grey_ramp) return &*frame.local;
  // Pillow marks a grey local table as "no palette needed" and then converts with the global one if there is
  // any.
  if (frame.global && !frame.global->is_grey_ramp) return &*frame.global;
  return nullptr;
}

}  // namespace

Result<Size> GifSize(std::span<const std::byte> bytes) {
  const auto frame = ReadHead(bytes);
  if (!frame) return frame.error();
  return frame->canvas;
}

Result<RgbImage> DecodeGif(std::span<const std::byte> bytes, std::int64_t max_pixels) {
  const auto frame = ReadHead(bytes);
  if (!frame) return frame.error();
  if (const auto ok = CheckImageSize(frame->canvas, max_pixels); !ok) return ok.error();
  if (frame->size.width <= 0 || frame->size.height <= 0)
    return CorruptImage("the GIF's first frame is empty");

  std::vector<std::uint8_t> canvas(static_cast<std::size_t>(frame->canvas.pixels()),
                                   static_cast<std::uint8_t>(frame->transparent.value_or(0)));
  const GifRaster raster = {canvas.data() + std::ptrdiff_t{frame->top} * frame->canvas.width + frame->left,
                            frame->canvas.width, frame->size, frame->interlaced};
  if (!DecodeGifLzw(frame->data, frame->code_bits, raster))
    return CorruptImage("the GIF is cut off or damaged");

  RgbImage image = MakeRgbImage(frame->canvas);
  const ColorTable* table = ChooseTable(*frame);
  std::uint8_t* out = image.rgb.data();
  for (const std::uint8_t index : canvas) {
    for (int c = 0; c < 3; ++c) *out++ = table != nullptr ? table->colors[3 * index + c] : index;
  }
  return image;
}

}  // namespace vlr
