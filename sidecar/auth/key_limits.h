// How much one key may ask: requests a second and requests at once.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "sidecar/auth/api_key.h"

namespace vlr::auth {

// A token bucket that holds one second's worth (at least one request), and a count. Not thread safe.
class KeyLimits {
 public:
  using Time = std::chrono::steady_clock::time_point;

  KeyLimits(double requests_per_s, int max_concurrent);

  // Nothing when the request may go on, which it then does until Leave; else after how long to come back.
  std::optional<std::chrono::seconds> Enter(Time now);
  void Leave() { --under_way_; }
  // Takes over new limits; what is under way stays counted.
  void Change(double requests_per_s, int max_concurrent);

 private:
  double Capacity() const;

  double rate_;
  int max_concurrent_;
  double tokens_;
  Time filled_{};
  int under_way_ = 0;
};

}  // namespace vlr::auth
