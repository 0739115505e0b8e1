#include "model/work_split.h"

#include <algorithm>
#include <numeric>

namespace vlr {

std::vector<Range> SplitEvenly(std::span<const std::int64_t> costs, int parts) {
  if (costs.empty()) return {};
  const std::vector<Range> whole = {{0, costs.size()}};
  if (costs.size() < static_cast<std::size_t>(parts)) return whole;
  const double share = std::accumulate(costs.begin(), costs.end(), 0.0) / parts;
  std::vector<Range> ranges;
  double dearest = 0;
  double before = 0;  // cost of all ranges so far
  std::size_t next = 0;
  for (int part = 1; part <= parts; ++part) {
    const std::size_t begin = next;
    double cost = 0;
    // An item goes where the larger half of it belongs.
    while (next < costs.size() &&
           (part == parts || before + cost + 0.5 * static_cast<double>(costs[next]) <= part * share)) {
      cost += static_cast<double>(costs[next++]);
    }
    if (next == begin) return whole;
    before += cost;
    dearest = std::max(dearest, cost);
    ranges.push_back({begin, next});
  }
  return dearest > kMaxImbalance * share ? whole : ranges;
}

}  // namespace vlr
