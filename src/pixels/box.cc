#include "pixels/box.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pixels/resize.h"

namespace vlr {
namespace {

// A side that keeps the aspect when the other one becomes `other`.
int Side(int own, int other_before, int other) {
  return std::max(1, static_cast<int>(std::nearbyint(static_cast<double>(own) / other_before * other)));
}

bool IsWider(Size image, Size box) {
  return std::int64_t{image.width} * box.height > std::int64_t{box.width} * image.height;
}

Size WithWidth(Size image, int width) {
  return {width, Side(image.height, image.width, width)};
}
Size WithHeight(Size image, int height) {
  return {Side(image.width, image.height, height), height};
}

}  // namespace

Size CoveringSize(Size image, Size box) {
  Size size = IsWider(image, box) ? WithHeight(image, box.height) : WithWidth(image, box.width);
  return {std::max(size.width, box.width), std::max(size.height, box.height)};
}

RgbImage FitIntoBox(const RgbImage& image, Size box) {
  Size size =
      IsWider(image.size, box) ? WithWidth(image.size, box.width) : WithHeight(image.size, box.height);
  size = {std::min(size.width, box.width), std::min(size.height, box.height)};
  const RgbImage scaled = ResizeBicubicPil(image, size);
  RgbImage out = MakeRgbImage(box);
  std::fill(out.rgb.begin(), out.rgb.end(), std::uint8_t{255});
  const int left = (box.width - size.width) / 2;
  const int top = (box.height - size.height) / 2;
  for (int y = 0; y < size.height; ++y) {
    std::memcpy(out.row(top + y) + std::ptrdiff_t{3} * left, scaled.row(y),
                std::size_t{3} * static_cast<std::size_t>(size.width));
  }
  return out;
}

RgbImage CropToBox(const RgbImage& image, Size box) {
  const Size size = CoveringSize(image.size, box);
  const RgbImage scaled = ResizeBicubicPil(image, size);
  RgbImage out = MakeRgbImage(box);
  const int left = (size.width - box.width) / 2;
  const int top = (size.height - box.height) / 2;
  for (int y = 0; y < box.height; ++y) {
    std::memcpy(out.row(y), scaled.row(top + y) + std::ptrdiff_t{3} * left,
                std::size_t{3} * static_cast<std::size_t>(box.width));
  }
  return out;
}

}  // namespace vlr
