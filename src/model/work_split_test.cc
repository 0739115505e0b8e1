#include "model/work_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vlr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Range> Split(std::vector<std::int64_t> costs, int parts) {
  return SplitEvenly(costs, parts);
}

TEST(WorkSplitTest, CutsNeighboursIntoEvenShares) {
  EXPECT_THAT(Split({1, 1, 1, 1}, 2), ElementsAre(Range{0, 2}, Range{2, 4}));
  EXPECT_THAT(Split({4, 1, 1, 1, 1}, 2), ElementsAre(Range{0, 1}, Range{1, 5}));
  EXPECT_THAT(Split({1, 1, 1, 1, 4}, 2), ElementsAre(Range{0, 4}, Range{4, 5}));
  EXPECT_THAT(Split({5, 5, 5}, 3), ElementsAre(Range{0, 1}, Range{1, 2}, Range{2, 3}));
  EXPECT_THAT(Split({7, 9, 8, 8, 7, 9, 8, 8}, 4),
              ElementsAre(Range{0, 2}, Range{2, 4}, Range{4, 6}, Range{6, 8}));
}

TEST(WorkSplitTest, KeepsOneRangeWhenSharesWouldNotBeEven) {
  EXPECT_THAT(Split({}, 2), IsEmpty());
  EXPECT_THAT(Split({3}, 2), ElementsAre(Range{0, 1}));
  EXPECT_THAT(Split({1, 1, 1}, 2), ElementsAre(Range{0, 3}));
  EXPECT_THAT(Split({100, 1, 1, 1}, 2), ElementsAre(Range{0, 4}));
  EXPECT_THAT(Split({1, 2, 3}, 1), ElementsAre(Range{0, 3}));
}

}  // namespace
}  // namespace vlr
