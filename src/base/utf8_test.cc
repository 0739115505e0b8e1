#include "base/utf8.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

TEST(Utf8Test, AcceptsWellFormedText) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("a\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

// Wherever it stands, before, in and behind a stride of ASCII.
TEST(Utf8Test, FindsTheOneBadByte) {
  for (std::size_t size : {1u, 7u, 8u, 63u, 64u, 65u, 200u}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\xFF';
      EXPECT_FALSE(IsValidUtf8(text)) << at << " of " << size;
      text.replace(at, 1, "\xC3\xA4");
      EXPECT_TRUE(IsValidUtf8(text)) << at << " of " << size;
    }
  }
}

TEST(Utf8Test, ReplacesMaximalSubparts) {
  // The example of Unicode 15, table 3-8.
  EXPECT_EQ(ReplaceInvalidUtf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  EXPECT_EQ(ReplaceInvalidUtf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "\uFFFD\uFFFD\uFFFD\uFFFDA");
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));
}

TEST(Utf8Test, CutsBetweenCodePoints) {
  EXPECT_EQ(TruncateUtf8("añb", 2), "a…");
  EXPECT_EQ(TruncateUtf8("añb", 4), "añb");
}

}  // namespace
}  // namespace vlr
