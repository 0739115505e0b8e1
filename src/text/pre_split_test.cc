#include "text/pre_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vlr {
namespace {

using Pieces = std::vector<std::string>;

Pieces Split(std::string_view text) {
  Pieces pieces;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = PieceEnd(text, begin);
    EXPECT_GT(end, begin);
    pieces.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

TEST(PreSplitTest, Words) {
  EXPECT_EQ(Split("A red kangaroo jumps."), (Pieces{"A", " red", " kangaroo", " jumps", "."}));
  EXPECT_EQ(Split("\tx (y _z"), (Pieces{"\tx", " (", "y", " _", "z"}));
  EXPECT_EQ(Split("(y)_z"), (Pieces{"(y", ")_", "z"}));
  EXPECT_EQ(Split("你好，世界"), (Pieces{"你好", "，世界"}));
}

TEST(PreSplitTest, DigitsStandAlone) {
  EXPECT_EQ(Split(" 12½Ⅷ"), (Pieces{" ", "1", "2", "½", "Ⅷ"}));
}

TEST(PreSplitTest, Contractions) {
  EXPECT_EQ(Split("I'M he'sx we'LL'd"), (Pieces{"I", "'M", " he", "'s", "x", " we", "'LL", "'d"}));
  EXPECT_EQ(Split("'ſx"), (Pieces{"'ſ", "x"}));
  EXPECT_EQ(Split("'lx 'r 'Ve"), (Pieces{"'lx", " '", "r", " '", "Ve"}));
  EXPECT_EQ(Split("x'Ve'rE'v"), (Pieces{"x", "'Ve", "'rE", "'v"}));
  EXPECT_EQ(Split("''s"), (Pieces{"''", "s"}));
  EXPECT_EQ(Split("'"), (Pieces{"'"}));
}

TEST(PreSplitTest, SymbolsTakeTheirNewlines) {
  EXPECT_EQ(Split("{ };\r\n\n x"), (Pieces{"{", " };\r\n\n", " x"}));
}

TEST(PreSplitTest, Spaces) {
  EXPECT_EQ(Split("a   b"), (Pieces{"a", "  ", " b"}));
  EXPECT_EQ(Split("a   1"), (Pieces{"a", "  ", " ", "1"}));
  EXPECT_EQ(Split("a   "), (Pieces{"a", "   "}));
  EXPECT_EQ(Split("a  \n \r\n  b"), (Pieces{"a", "  \n \r\n", " ", " b"}));
  EXPECT_EQ(Split("\nb"), (Pieces{"\n", "b"}));
  EXPECT_EQ(Split(" \u3000\u00A0x"), (Pieces{" \u3000", "\u00A0x"}));
  EXPECT_EQ(Split("\u2028!"), (Pieces{"\u2028", "!"}));
}

TEST(PreSplitTest, StandsOnTheReferenceTables) {
  EXPECT_EQ(Split("x\u200By"), (Pieces{"x", "\u200By"}));
  EXPECT_EQ(Split("x\u0085y"), (Pieces{"x", "\u0085y"}));
  EXPECT_EQ(Split("नमस्ते"), (Pieces{"नमस", "्त", "े"}));
}

}  // namespace
}  // namespace vlr
