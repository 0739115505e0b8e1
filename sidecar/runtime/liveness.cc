#include "sidecar/runtime/liveness.h"

#include <algorithm>

namespace vlr {
namespace {

constexpr int kPatience = 2;

}  // namespace

bool Answers(const SchedulerStats& stats, std::chrono::steady_clock::time_point proof,
             std::chrono::nanoseconds window, std::chrono::steady_clock::time_point now) {
  return now - std::max(proof, stats.last_answer) <= std::max(window, kPatience * stats.under_way);
}

}  // namespace vlr
