// How fast the model works off its queue, measured.
#pragma once

#include <chrono>
#include <cstdint>

namespace vlr {

// Tokens a second over the recent past, while there was more work than a batch. Not thread safe.
class DrainMeter {
 public:
  // One batch: what it held, how long it took and whether it left work waiting. One that took all there was
  // may be small, and small batches are slow: it counts only when it shows more speed than is known.
  void Record(std::int64_t tokens, std::chrono::nanoseconds duration, bool left_work);

  // 0 before the first record.
  double tokens_per_second() const { return seconds_ > 0 ? tokens_ / seconds_ : 0; }
  // How long so many tokens take at that rate; 0 when it is not known.
  std::chrono::nanoseconds TimeFor(double tokens) const;

 private:
  double tokens_ = 0;  // both are sums in which a batch weighs less the longer ago it ran
  double seconds_ = 0;
};

}  // namespace vlr
