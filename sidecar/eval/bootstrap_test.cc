#include "sidecar/eval/bootstrap.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace vlr::eval {
namespace {

TEST(BootstrapTest, ValuesThatAreAllEqualLeaveNoDoubt) {
  const Interval interval = Bootstrap(std::vector<double>{0.25, 0.25, 0.25}, {});
  EXPECT_DOUBLE_EQ(interval.mean, 0.25);
  EXPECT_DOUBLE_EQ(interval.low, 0.25);
  EXPECT_DOUBLE_EQ(interval.high, 0.25);
  EXPECT_EQ(Bootstrap({}, {}).high, 0.0);
}

TEST(BootstrapTest, TwoValuesByHand) {
  // Means of two draws from {0, 1}: 0, 1/2, 1 with shares 1/4, 1/2, 1/4.
  const std::vector<double> values = {0, 1};
  const Interval wide = Bootstrap(values, {.confidence = 0.95});
  EXPECT_DOUBLE_EQ(wide.mean, 0.5);
  EXPECT_DOUBLE_EQ(wide.low, 0);
  EXPECT_DOUBLE_EQ(wide.high, 1);
  const Interval narrow = Bootstrap(values, {.confidence = 0.4});
  EXPECT_DOUBLE_EQ(narrow.low, 0.5);
  EXPECT_DOUBLE_EQ(narrow.high, 0.5);
}

TEST(BootstrapTest, ManyValuesComeNearTheNormalInterval) {
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = 1;
  const Interval interval = Bootstrap(values, {.samples = 10'000});
  // 0.5 ± 1.96 · 0.5 / √400
  EXPECT_NEAR(interval.low, 0.451, 0.005);
  EXPECT_NEAR(interval.high, 0.549, 0.005);
}

TEST(BootstrapTest, ASeedGivesTheSameAgain) {
  const std::vector<double> values = {0.1, 0.9, 0.3, 0.35, 0.77, 0.2};
  const Interval one = Bootstrap(values, {.seed = 7});
  const Interval again = Bootstrap(values, {.seed = 7});
  EXPECT_EQ(one.low, again.low);
  EXPECT_EQ(one.high, again.high);
  const Interval other = Bootstrap(values, {.seed = 8});
  EXPECT_TRUE(one.low != other.low || one.high != other.high);
}

TEST(BootstrapTest, DifferencesArePaired) {
  // Each query gains exactly a tenth: no doubt about that, however much the queries differ.
  const std::vector<double> a = {0.1, 0.6, 1.0};
  const std::vector<double> b = {0.0, 0.5, 0.9};
  const Interval interval = BootstrapDifference(a, b, {});
  EXPECT_NEAR(interval.low, 0.1, 1e-12);
  EXPECT_NEAR(interval.high, 0.1, 1e-12);
  EXPECT_THROW(BootstrapDifference(a, std::vector<double>{1}, {}), std::logic_error);
}

}  // namespace
}  // namespace vlr::eval
