// Which windows of a long video are scored, and which of its sampled frames each of them holds.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"

namespace vlr {

inline constexpr std::size_t kMaxWindows = 256;

struct Window {
  double start_s = 0;
  double end_s = 0;
};

// Windows of `length` every `stride` seconds over [start, end], and one more that ends at the end where the
// last stops before it; the whole range when it is shorter than a window. REQUIRES positive length and
// stride, end > start. Errors: "invalid_request", part "stride_s", when more than kMaxWindows; the message
// says which stride fits.
Result<std::vector<Window>> PlanWindows(double start_s, double end_s, double length_s, double stride_s);

// Frames [first, last) of a window: those within it, an even count of at least two, which borrows from its
// neighbours when too few lie within. `times` are seconds, rising. REQUIRES at least two times.
struct FrameSpan {
  std::size_t first = 0;
  std::size_t last = 0;
};
FrameSpan FramesWithin(const Window& window, std::span<const double> times);

}  // namespace vlr
