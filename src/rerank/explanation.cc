#include "rerank/explanation.h"

#include <bit>

namespace vlr {
namespace {

struct Kind {
  unsigned bit;
  const char* name;
};
constexpr std::array<Kind, 3> kKinds = {
    {{kTextParts, "text"}, {kImageParts, "image"}, {kVideoParts, "video"}}};

// size! (players - size - 1)! / players!: the share of the orders in which exactly that set comes first.
double Weight(int size, int players) {
  double weight = 1.0 / players;
  for (int i = 1; i <= size; ++i) weight *= static_cast<double>(i) / (players - i);
  return weight;
}

}  // namespace

std::vector<double> ShapleyValues(std::span<const double> value) {
  const int players = std::countr_zero(value.size());
  std::vector<double> shares(static_cast<std::size_t>(players), 0.0);
  for (std::size_t set = 0; set < value.size(); ++set) {
    for (std::size_t player = 0; player < shares.size(); ++player) {
      const std::size_t bit = std::size_t{1} << player;
      if ((set & bit) != 0) continue;
      shares[player] += Weight(std::popcount(set), players) * (value[set | bit] - value[set]);
    }
  }
  return shares;
}

void Attribute(unsigned kinds, const std::array<double, kPartSets>& score, Explanation* explanation) {
  std::vector<Kind> present;
  for (const Kind& kind : kKinds) {
    if ((kinds & kind.bit) != 0) present.push_back(kind);
  }
  std::vector<double> value(std::size_t{1} << present.size());
  for (std::size_t set = 0; set < value.size(); ++set) {
    unsigned parts = 0;
    for (std::size_t i = 0; i < present.size(); ++i) {
      if ((set >> i & 1) != 0) parts |= present[i].bit;
    }
    value[set] = score[parts];
  }
  const std::vector<double> shares = ShapleyValues(value);
  for (std::size_t i = 0; i < present.size(); ++i) {
    explanation->parts[present[i].name] = score[present[i].bit];
    explanation->contribution[present[i].name] = shares[i];
  }
}

}  // namespace vlr
