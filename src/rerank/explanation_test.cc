#include "rerank/explanation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace vlr {
namespace {

// The definition: the mean over all orders of what each player adds to those before it.
std::vector<double> ByOrders(const std::vector<double>& value, std::size_t players) {
  std::vector<std::size_t> order(players);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> shares(players, 0.0);
  double orders = 0;
  do {
    std::size_t set = 0;
    for (const std::size_t player : order) {
      const std::size_t with = set | std::size_t{1} << player;
      shares[player] += value[with] - value[set];
      set = with;
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  for (double& share : shares) share /= orders;
  return shares;
}

TEST(ExplanationTest, ShapleyValuesAreTheMeanOverAllOrders) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> score(0, 1);
  for (std::size_t players = 0; players <= 4; ++players) {
    for (int round = 0; round < 50; ++round) {
      std::vector<double> value(std::size_t{1} << players);
      for (double& one : value) one = score(random);
      const std::vector<double> shares = ShapleyValues(value);
      const std::vector<double> expected = ByOrders(value, players);
      ASSERT_EQ(shares.size(), players);
      for (std::size_t i = 0; i < players; ++i) EXPECT_NEAR(shares[i], expected[i], 1e-12);
      EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), value.back() - value.front(), 1e-12);
    }
  }
}

TEST(ExplanationTest, NamesTheKindsThatAreThere) {
  Explanation both;
  Attribute(kTextParts + kVideoParts, {0.1, 0.5, 9, 9, 0.3, 0.9, 9, 9}, &both);
  EXPECT_EQ(both.parts, (std::map<std::string, double>{{"text", 0.5}, {"video", 0.3}}));
  EXPECT_NEAR(both.contribution.at("text"), ((0.5 - 0.1) + (0.9 - 0.3)) / 2, 1e-12);
  EXPECT_NEAR(both.contribution.at("text") + both.contribution.at("video"), 0.9 - 0.1, 1e-12);
  Explanation none;
  Attribute(0, {0.1}, &none);
  EXPECT_TRUE(none.parts.empty() && none.contribution.empty());
}

}  // namespace
}  // namespace vlr
