// Time as storage/ reads it: wall time for signatures, steady time for what a cache may still show.
#pragma once

#include <chrono>

namespace vlr {

// Implementations are thread safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point Now() const { return std::chrono::system_clock::now(); }
  virtual std::chrono::steady_clock::time_point SteadyNow() const { return std::chrono::steady_clock::now(); }
};

}  // namespace vlr
