// What the Fetcher and its parts count. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "storage/error_codes.h"

namespace vlr {

struct StorageCounters {
  std::atomic<std::uint64_t> fetches{0};
  std::atomic<std::uint64_t> http_requests{0};
  std::atomic<std::uint64_t> network_bytes{0};
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> cache_hits{0};
  std::atomic<std::uint64_t> cache_misses{0};
  std::atomic<std::uint64_t> joined{0};
  std::atomic<std::uint64_t> cancelled{0};
  std::array<std::atomic<std::uint64_t>, kMediaErrorCodes.size()> errors{};  // parallel to kMediaErrorCodes
};

}  // namespace vlr
