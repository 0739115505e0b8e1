// Work shared out to threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vlr {

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// Neighbouring items in `parts` non-empty ranges of nearly equal cost. One range of all when that cannot be
// had: the dearest range would cost over kMaxImbalance times an even share. No range for no items. REQUIRES
// positive costs and parts.
inline constexpr double kMaxImbalance = 1.3;
std::vector<Range> SplitEvenly(std::span<const std::int64_t> costs, int parts);

}  // namespace vlr
