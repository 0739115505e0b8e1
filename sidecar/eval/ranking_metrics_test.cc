#include "sidecar/eval/ranking_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace vlr::eval {
namespace {

const Judgements kJudged = {{"a", 2}, {"b", 1}, {"c", 0}, {"d", 1}};

TEST(RankingMetricsTest, NdcgByHand) {
  // DCG@3 of c, a, x: 2 / log2(3). Ideal: 2, 1, 1 = 2 + 1 / log2(3) + 1 / log2(4).
  EXPECT_NEAR(Ndcg({"c", "a", "x", "b"}, kJudged, 3), 0.4030303, 1e-7);
  // b at rank 4 adds 1 / log2(5).
  EXPECT_NEAR(Ndcg({"c", "a", "x", "b"}, kJudged, 4), (2 / std::log2(3.0) + 1 / std::log2(5.0)) / 3.1309298,
              1e-7);
  EXPECT_DOUBLE_EQ(Ndcg({"a", "d", "b", "c"}, kJudged, 10), 1.0);
  EXPECT_DOUBLE_EQ(Ndcg({"a"}, kJudged, 1), 1.0);
  EXPECT_DOUBLE_EQ(Ndcg({"b"}, kJudged, 1), 0.5);
  EXPECT_DOUBLE_EQ(Ndcg({}, kJudged, 10), 0.0);
  EXPECT_DOUBLE_EQ(Ndcg({"x", "a"}, {{"a", 1}, {"x", -1}}, 1), 0.0) << "a negative grade costs nothing";
}

TEST(RankingMetricsTest, ReciprocalRankByHand) {
  EXPECT_DOUBLE_EQ(ReciprocalRank({"c", "a", "x"}, kJudged, 10), 0.5);
  EXPECT_DOUBLE_EQ(ReciprocalRank({"c", "x", "y", "d"}, kJudged, 4), 0.25);
  EXPECT_DOUBLE_EQ(ReciprocalRank({"c", "x", "y", "d"}, kJudged, 3), 0.0);
}

TEST(RankingMetricsTest, RecallByHand) {
  EXPECT_DOUBLE_EQ(Recall({"c", "a", "x", "b"}, kJudged, 3), 1.0 / 3);
  EXPECT_DOUBLE_EQ(Recall({"c", "a", "x", "b"}, kJudged, 4), 2.0 / 3);
  EXPECT_DOUBLE_EQ(Recall({"d", "b", "a"}, kJudged, 3), 1.0);
}

TEST(RankingMetricsTest, RelevantMeansAboveZero) {
  EXPECT_TRUE(HasRelevant(kJudged));
  EXPECT_FALSE(HasRelevant({{"a", 0}, {"b", -1}}));
}

}  // namespace
}  // namespace vlr::eval
