// What the kernel says of this process.
#pragma once

#include <cstdint>

namespace vlr {

struct ProcessStats {
  std::uint64_t resident_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  double cpu_seconds = 0;
};

// From /proc/self; what cannot be read stays 0.
ProcessStats ReadProcessStats();

}  // namespace vlr
