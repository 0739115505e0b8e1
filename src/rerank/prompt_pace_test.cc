#include "rerank/prompt_pace.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

using std::chrono::nanoseconds;

TEST(PromptPaceTest, KnowsNothingBeforeTheFirstRecord) {
  PromptPace pace;
  EXPECT_FALSE(pace.TimeFor(1));
  pace.Record(0, nanoseconds(100));
  EXPECT_FALSE(pace.TimeFor(1));
}

TEST(PromptPaceTest, FollowsWhatIsSlowerAtOnceAndWhatIsQuickerSlowly) {
  PromptPace pace;
  pace.Record(100, nanoseconds(1000));
  EXPECT_EQ(pace.TimeFor(50), nanoseconds(500));
  pace.Record(10, nanoseconds(1000));
  EXPECT_EQ(pace.TimeFor(10), nanoseconds(1000));
  pace.Record(10, nanoseconds(0));
  EXPECT_EQ(pace.TimeFor(10), nanoseconds(900));
  for (int i = 0; i < 100; ++i) pace.Record(10, nanoseconds(10));
  EXPECT_NEAR(static_cast<double>(pace.TimeFor(1000)->count()), 1000, 20);
}

}  // namespace
}  // namespace vlr
