#include "sidecar/auth/key_limits.h"

#include <algorithm>
#include <cmath>

namespace vlr::auth {
namespace {

// How long a request takes is not known here, so one that found too many under way is to come back soon.
constexpr std::chrono::seconds kBusyPause{1};

}  // namespace

KeyLimits::KeyLimits(double requests_per_s, int max_concurrent)
    : rate_(requests_per_s), max_concurrent_(max_concurrent), tokens_(Capacity()) {}

double KeyLimits::Capacity() const {
  return std::max(1.0, rate_);
}

void KeyLimits::Change(double requests_per_s, int max_concurrent) {
  rate_ = requests_per_s;
  max_concurrent_ = max_concurrent;
  tokens_ = std::min(tokens_, Capacity());
}

std::optional<std::chrono::seconds> KeyLimits::Enter(Time now) {
  if (max_concurrent_ > 0 && under_way_ >= max_concurrent_) return kBusyPause;
  if (rate_ > 0) {
    const double since = std::chrono::duration<double>(now - filled_).count();
    if (filled_ != Time{}) tokens_ = std::min(Capacity(), tokens_ + since * rate_);
    filled_ = now;
    if (tokens_ < 1.0) return std::chrono::seconds(static_cast<long>(std::ceil((1.0 - tokens_) / rate_)));
    tokens_ -= 1.0;
  }
  ++under_way_;
  return std::nullopt;
}

}  // namespace vlr::auth
