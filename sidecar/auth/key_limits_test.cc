#include "sidecar/auth/key_limits.h"

#include <gtest/gtest.h>

namespace vlr::auth {
namespace {

using std::chrono::milliseconds;
const KeyLimits::Time kStart{std::chrono::hours(1)};

TEST(KeyLimitsTest, ASecondsWorthAtOnceThenTheRate) {
  KeyLimits limits(4, 0);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limits.Enter(kStart)) << i;
  EXPECT_EQ(limits.Enter(kStart), std::chrono::seconds(1));
  EXPECT_TRUE(limits.Enter(kStart + milliseconds(240)));
  EXPECT_FALSE(limits.Enter(kStart + milliseconds(250)));
  EXPECT_TRUE(limits.Enter(kStart + milliseconds(250)));
  // However long nothing came, no more than a second's worth is saved up.
  const auto later = kStart + std::chrono::hours(1);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limits.Enter(later)) << i;
  EXPECT_TRUE(limits.Enter(later));
}

TEST(KeyLimitsTest, TheMeanHoldsOverAMinute) {
  KeyLimits limits(2.5, 0);
  int entered = 0;
  for (int ms = 0; ms < 60'000; ms += 7) entered += limits.Enter(kStart + milliseconds(ms)) ? 0 : 1;
  EXPECT_GE(entered, 149);
  EXPECT_LE(entered, 153);  // 2.5 saved up and 150
}

TEST(KeyLimitsTest, SlowRatesSayHowLongToWait) {
  KeyLimits limits(0.1, 0);
  EXPECT_FALSE(limits.Enter(kStart));
  EXPECT_EQ(limits.Enter(kStart), std::chrono::seconds(10));
  EXPECT_EQ(limits.Enter(kStart + std::chrono::seconds(4)), std::chrono::seconds(6));
}

TEST(KeyLimitsTest, CountsWhatIsUnderWay) {
  KeyLimits limits(0, 2);
  EXPECT_FALSE(limits.Enter(kStart));
  EXPECT_FALSE(limits.Enter(kStart));
  EXPECT_EQ(limits.Enter(kStart), std::chrono::seconds(1));
  limits.Leave();
  EXPECT_FALSE(limits.Enter(kStart));
  limits.Change(0, 3);
  EXPECT_FALSE(limits.Enter(kStart));
  EXPECT_TRUE(limits.Enter(kStart));
}

TEST(KeyLimitsTest, ARefusalForConcurrencyCostsNoToken) {
  KeyLimits limits(2, 1);
  EXPECT_FALSE(limits.Enter(kStart));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limits.Enter(kStart));
  limits.Leave();
  EXPECT_FALSE(limits.Enter(kStart));
}

}  // namespace
}  // namespace vlr::auth
