#include "rerank/moments.h"

#include <gtest/gtest.h>

#include <random>

namespace vlr {
namespace {

TEST(MomentsTest, WindowsCoverTheRange) {
  const auto windows = PlanWindows(0, 25, 10, 5);
  ASSERT_TRUE(windows);
  ASSERT_EQ(windows->size(), 4u);
  EXPECT_EQ((*windows)[3].start_s, 15);
  const auto rest = PlanWindows(2, 20, 10, 5);
  ASSERT_EQ(rest->size(), 3u);
  EXPECT_EQ(rest->back().start_s, 10);
  EXPECT_EQ(rest->back().end_s, 20);
  EXPECT_EQ(PlanWindows(0, 3, 10, 5)->size(), 1u);
  EXPECT_EQ(PlanWindows(0, 3, 10, 5)->front().end_s, 3);
  EXPECT_EQ(PlanWindows(0, 1800, 28.125, 28.125)->size(), 64u);
}

TEST(MomentsTest, TooManyWindowsNameAStrideThatFits) {
  const auto many = PlanWindows(0, 3600, 10, 5);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().part, "stride_s");
  EXPECT_EQ(many.error().message, "stride_s makes more than 256 windows; 14.1 would fit");
  EXPECT_TRUE(PlanWindows(0, 3600, 10, 14.1));
}

TEST(MomentsTest, AnyPlanIsBoundedCoversAndStaysInside) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> seconds(0.1, 200);
  for (int round = 0; round < 2000; ++round) {
    const double start = seconds(random), end = start + seconds(random);
    const double length = seconds(random) / 4, stride = seconds(random) / 8;
    const auto windows = PlanWindows(start, end, length, stride);
    if (!windows) continue;
    ASSERT_LE(windows->size(), kMaxWindows);
    EXPECT_NEAR(windows->front().start_s, start, 1e-9);
    EXPECT_NEAR(windows->back().end_s, end, 2e-3 * (1 + stride));
    for (const Window& window : *windows) EXPECT_LE(window.end_s, end + 2e-3 * (1 + stride));
  }
}

TEST(MomentsTest, AWindowHoldsItsFramesAndAtLeastTwo) {
  const std::vector<double> times = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto span = [&](double start, double end) {
    const FrameSpan frames = FramesWithin({start, end}, times);
    return std::pair(frames.first, frames.last);
  };
  EXPECT_EQ(span(0, 4), std::pair(0UL, 4UL));
  EXPECT_EQ(span(1.5, 5), std::pair(2UL, 4UL));  // 2, 3, 4 without its last
  EXPECT_EQ(span(2.2, 2.8), std::pair(3UL, 5UL));
  EXPECT_EQ(span(7, 9), std::pair(6UL, 8UL));
  EXPECT_EQ(span(8, 9), std::pair(6UL, 8UL));
}

}  // namespace
}  // namespace vlr
