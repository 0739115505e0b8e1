#include "sidecar/eval/ranking_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(RankingMetricsTest, TopAndPairsByHand) {
  EXPECT_DOUBLE_EQ(TopRelevant({"b", "a"}, kJudged), 1.0);
  EXPECT_DOUBLE_EQ(TopRelevant({"x", "a"}, kJudged), 0.0);
  EXPECT_DOUBLE_EQ(TopRelevant({}, kJudged), 0.0);
  // x is not judged; of a-b, a-c, b-c the pair b-a is out of order.
  EXPECT_DOUBLE_EQ(PairsInOrder({"x", "b", "a", "c"}, kJudged), 2.0 / 3);
  EXPECT_TRUE(std::isnan(PairsInOrder({"b", "d", "x"}, kJudged)));
}

TEST(RankingMetricsTest, MeanOverOrdersIsTheMeanOverAllOrders) {
  const std::vector<std::vector<std::string>> cases = {
      {"a", "b", "c", "d", "x"}, {"a", "x", "y"}, {"x", "y", "z"}, {"a", "b", "d"}, {"a"}};
  for (std::vector<std::string> order : cases) {
    for (const Cutoffs& cutoffs : {Cutoffs{1, 1}, Cutoffs{3, 2}, Cutoffs{10, 10}}) {
      std::sort(order.begin(), order.end());
      Measures sum;
      double orders = 0;
      do {
        const Measures one = MeasureOrder(order, kJudged, cutoffs);
        sum = {sum.ndcg + one.ndcg, sum.reciprocal_rank + one.reciprocal_rank, sum.recall + one.recall,
               sum.top1 + one.top1, sum.pairs + one.pairs};
        ++orders;
      } while (std::next_permutation(order.begin(), order.end()));
      const Measures mean = MeanOverOrders(order, kJudged, cutoffs);
      EXPECT_NEAR(mean.ndcg, sum.ndcg / orders, 1e-12);
      EXPECT_NEAR(mean.reciprocal_rank, sum.reciprocal_rank / orders, 1e-12);
      EXPECT_NEAR(mean.recall, sum.recall / orders, 1e-12);
      EXPECT_NEAR(mean.top1, sum.top1 / orders, 1e-12);
      if (std::isnan(mean.pairs)) {
        EXPECT_TRUE(std::isnan(sum.pairs));
      } else {
        EXPECT_NEAR(mean.pairs, sum.pairs / orders, 1e-12);
      }
    }
  }
  EXPECT_DOUBLE_EQ(MeanOverOrders({}, kJudged, {}).ndcg, 0.0);
}

TEST(RankingMetricsTest, RelevantMeansAboveZero) {
  EXPECT_TRUE(HasRelevant(kJudged));
  EXPECT_FALSE(HasRelevant({{"a", 0}, {"b", -1}}));
}

}  // namespace
}  // namespace vlr::eval
