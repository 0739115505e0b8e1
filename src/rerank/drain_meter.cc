#include "rerank/drain_meter.h"

#include <cmath>

namespace vlr {
namespace {

// Seconds of work after which a batch counts 1/e.
constexpr double kWindow = 10;

}  // namespace

void DrainMeter::Record(std::int64_t tokens, std::chrono::nanoseconds duration, bool left_work) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const bool faster = static_cast<double>(tokens) > tokens_per_second() * seconds;
  if (!left_work && !faster) return;
  const double kept = left_work ? std::exp(-seconds / kWindow) : 0.0;
  tokens_ = tokens_ * kept + static_cast<double>(tokens);
  seconds_ = seconds_ * kept + seconds;
}

std::chrono::nanoseconds DrainMeter::TimeFor(double tokens) const {
  const double rate = tokens_per_second();
  if (rate <= 0) return std::chrono::nanoseconds(0);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(tokens / rate));
}

}  // namespace vlr
