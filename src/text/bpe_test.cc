#include "text/bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>

namespace vlr {
namespace {

using Ids = std::vector<std::int32_t>;

std::array<std::int32_t, 256> BytesAsIds() {
  std::array<std::int32_t, 256> ids{};
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

Ids EncodeWith(const std::vector<Merge>& merges, const std::string& piece) {
  Ids ids;
  BytePairEncoder(BytesAsIds(), merges).Encode(piece, &ids);
  return ids;
}

// The definition, with no cleverness: find the lowest rank, leftmost, over all pairs, until there is none.
Ids EncodeByDefinition(const std::vector<Merge>& merges, const std::string& piece) {
  Ids ids;
  for (const char c : piece) ids.push_back(static_cast<unsigned char>(c));
  while (true) {
    const Merge* best = nullptr;
    std::size_t at = 0;
    for (const Merge& merge : merges) {
      for (std::size_t i = 0; i + 1 < ids.size() && best == nullptr; ++i) {
        if (ids[i] != merge.left || ids[i + 1] != merge.right) continue;
        best = &merge;
        at = i;
      }
      if (best != nullptr) break;
    }
    if (best == nullptr) return ids;
    ids[at] = best->merged;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(BpeTest, MergesByRankThenFromTheLeft) {
  const std::vector<Merge> merges = {{'b', 'c', 300}, {'a', 'b', 301}, {301, 'c', 302}, {'a', 300, 303}};
  EXPECT_EQ(EncodeWith(merges, "abc"), (Ids{303}));
  EXPECT_EQ(EncodeWith(merges, "abab"), (Ids{301, 301}));
  EXPECT_EQ(EncodeWith({{'a', 'a', 300}}, "aaaaa"), (Ids{300, 300, 'a'}));
}

TEST(BpeTest, KeepsBytesThatNothingMerges) {
  EXPECT_EQ(EncodeWith({}, std::string("\0\xFF", 2)), (Ids{0, 255}));
  EXPECT_EQ(EncodeWith({{'a', 'b', 300}}, "a"), (Ids{'a'}));
  EXPECT_TRUE(EncodeWith({}, "").empty());
}

TEST(BpeTest, CountsTheLaterOfTwoEqualMerges) {
  EXPECT_EQ(EncodeWith({{'a', 'b', 300}, {'b', 'c', 301}, {'a', 'b', 302}}, "abc"), (Ids{'a', 301}));
}

TEST(BpeTest, EqualsTheDefinitionOnRandomMergesShortAndLong) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return static_cast<std::int32_t>(random() % limit); };
  for (int round = 0; round < 60; ++round) {
    std::vector<Merge> merges;
    std::vector<std::string> tokens = {"a", "b", "c"};
    const auto id_of = [](std::size_t i) { return static_cast<std::int32_t>(i < 3 ? 'a' + i : 253 + i); };
    for (std::size_t i = 0; i < 40; ++i) {
      const auto left = static_cast<std::size_t>(below(tokens.size()));
      const auto right = static_cast<std::size_t>(below(tokens.size()));
      const std::string merged = tokens[left] + tokens[right];
      auto found = static_cast<std::size_t>(std::find(tokens.begin(), tokens.end(), merged) - tokens.begin());
      if (found == tokens.size()) tokens.push_back(merged);
      const Merge merge{id_of(left), id_of(right), id_of(found)};
      const bool known = std::any_of(merges.begin(), merges.end(), [&](const Merge& m) {
        return m.left == merge.left && m.right == merge.right;
      });
      if (!known) merges.push_back(merge);
    }
    std::shuffle(merges.begin(), merges.end(), random);
    for (const std::size_t size : {5U, 60U, 256U, 257U, 500U}) {
      std::string piece;
      for (std::size_t i = 0; i < size; ++i) piece.push_back(static_cast<char>('a' + below(3)));
      ASSERT_EQ(EncodeWith(merges, piece), EncodeByDefinition(merges, piece)) << round << ": " << piece;
    }
  }
}

}  // namespace
}  // namespace vlr
