#include "pixels/bands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <vector>

namespace vlr {
namespace {

TEST(BandsTest, EveryRowIsInOneBand) {
  for (const int rows : {1, 2, 7, 64, 1000}) {
    for (int bands = 1; bands <= std::min(rows, 9); ++bands) {
      std::vector<std::atomic<int>> times(static_cast<std::size_t>(rows));
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(bands));
      RunBands(rows, bands, [&](int band, int begin, int end) {
        EXPECT_LT(begin, end);
        ++calls[static_cast<std::size_t>(band)];
        for (int row = begin; row < end; ++row) ++times[static_cast<std::size_t>(row)];
      });
      for (const auto& time : times) EXPECT_EQ(time, 1);
      for (const auto& call : calls) EXPECT_EQ(call, 1);
    }
  }
}

TEST(BandsTest, LittleWorkStaysInOneThread) {
  EXPECT_EQ(BandsFor(1000, kMinBandWork * 2 - 1), 1);
  EXPECT_EQ(BandsFor(1, kMinBandWork * 100), 1);
  EXPECT_LE(BandsFor(1000, kMinBandWork * 100), kMaxBands);
  EXPECT_LE(BandsFor(3, kMinBandWork * 100), 3);
}

}  // namespace
}  // namespace vlr
