#include <algorithm>
#include <cmath>
#include <string>

#include "pixels/resize.h"

namespace vlr {
namespace {

// Python's round(): half to even, the default rounding mode.
std::int64_t RoundByFactor(double number, int factor) {
  return static_cast<std::int64_t>(std::nearbyint(number / factor)) * factor;
}

std::int64_t FloorByFactor(double number, int factor) {
  return static_cast<std::int64_t>(std::floor(number / factor)) * factor;
}

std::int64_t CeilByFactor(double number, int factor) {
  return static_cast<std::int64_t>(std::ceil(number / factor)) * factor;
}

std::string SizeText(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

}  // namespace

Result<Size> SmartResize(Size size, int factor, std::int64_t min_pixels, double max_pixels) {
  if (size.width <= 0 || size.height <= 0) {
    return Error{"size_unsupported", SizeText(size) + ": both sides must be positive"};
  }
  const double longest = std::max(size.width, size.height);
  const double shortest = std::min(size.width, size.height);
  if (longest / shortest > kMaxAspectRatio) {
    return Error{"aspect_ratio", SizeText(size) + ": one side is more than " +
                                     std::to_string(kMaxAspectRatio) + " times the other"};
  }
  const auto pixels = static_cast<double>(size.pixels());
  std::int64_t height = std::max<std::int64_t>(factor, RoundByFactor(size.height, factor));
  std::int64_t width = std::max<std::int64_t>(factor, RoundByFactor(size.width, factor));
  const std::int64_t area = height * width;
  if (static_cast<double>(area) > max_pixels) {
    const double beta = std::sqrt(pixels / max_pixels);
    height = FloorByFactor(size.height / beta, factor);
    width = FloorByFactor(size.width / beta, factor);
  } else if (area < min_pixels) {
    const double beta = std::sqrt(static_cast<double>(min_pixels) / pixels);
    height = CeilByFactor(size.height * beta, factor);
    width = CeilByFactor(size.width * beta, factor);
  }
  if (width <= 0 || height <= 0) {
    return Error{"size_unsupported", SizeText(size) + ": too narrow for so few pixels"};
  }
  return Size{static_cast<int>(width), static_cast<int>(height)};
}

}  // namespace vlr
