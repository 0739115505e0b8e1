#include "rerank/moments.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace vlr {
namespace {

// A remainder that short is no moment of its own.
constexpr double kSlack_s = 1e-3;

std::string Tenths(double seconds) {
  const std::string text = std::to_string(std::ceil(seconds * 10) / 10);
  return text.substr(0, text.find('.') + 2);
}

}  // namespace

Result<std::vector<Window>> PlanWindows(double start_s, double end_s, double length_s, double stride_s) {
  if (end_s - start_s <= length_s) return std::vector<Window>{{start_s, end_s}};
  const double room = end_s - start_s - length_s;
  const double steps = std::floor(room / stride_s + kSlack_s);
  const bool remainder = room - steps * stride_s > kSlack_s;
  if (steps + 1 + (remainder ? 1 : 0) > static_cast<double>(kMaxWindows)) {
    return Error{"invalid_request",
                 "stride_s makes more than " + std::to_string(kMaxWindows) + " windows; " +
                     Tenths(room / static_cast<double>(kMaxWindows - 1)) + " would fit",
                 "stride_s"};
  }
  std::vector<Window> windows;
  for (int i = 0; i <= static_cast<int>(steps); ++i)
    windows.push_back({start_s + i * stride_s, start_s + i * stride_s + length_s});
  if (remainder) windows.push_back({end_s - length_s, end_s});
  return windows;
}

FrameSpan FramesWithin(const Window& window, std::span<const double> times) {
  const auto first = std::lower_bound(times.begin(), times.end(), window.start_s);
  const auto last = std::lower_bound(first, times.end(), window.end_s);
  FrameSpan span{static_cast<std::size_t>(first - times.begin()),
                 static_cast<std::size_t>(last - times.begin())};
  while (span.last - span.first < 2) {
    // Towards the end first: a moment reaches into what follows it.
    if (span.last < times.size()) {
      ++span.last;
    } else {
      --span.first;
    }
  }
  if ((span.last - span.first) % 2 != 0) --span.last;
  return span;
}

}  // namespace vlr
