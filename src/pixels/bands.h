// The rows of a picture shared out to threads.
#pragma once

#include <cstdint>
#include <functional>

namespace vlr {

// Into how many bands it pays to cut `rows` rows that cost `work` multiply-adds in all: one for each core
// that the process may use, at most kMaxBands, none with less than kMinBandWork. At least 1.
inline constexpr int kMaxBands = 8;
inline constexpr std::int64_t kMinBandWork = 2'000'000;
int BandsFor(int rows, std::int64_t work);

// The first row of a band; that of `bands` is `rows`.
constexpr int BandBegin(std::int64_t rows, int bands, int band) {
  return static_cast<int>(rows * band / bands);
}

// Calls work(band, begin, end) for each of `bands` bands of the rows [0, rows), the first in the caller's
// thread, the others in threads of their own; where none can be had, one after another. Returns when all are
// done. REQUIRES 1 <= bands <= rows and that `work` does not throw.
void RunBands(int rows, int bands, const std::function<void(int band, int begin, int end)>& work);

}  // namespace vlr
