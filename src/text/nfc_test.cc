#include "text/nfc.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "text/unicode.h"

namespace vlr {
namespace {

std::string Nfc(std::string_view text) {
  std::string buffer = "left over";
  return std::string(ToNfc(text, &buffer));
}

TEST(NfcTest, LeavesNormalTextWhereItIs) {
  std::string buffer;
  for (const std::string_view text :
       {"", "plain", "São Paulo, Straße, 你好, 캥거루, नमस्ते, 👩‍👩‍👧"}) {
    EXPECT_EQ(ToNfc(text, &buffer).data(), text.data());
  }
}

TEST(NfcTest, ComposesAndReorders) {
  EXPECT_EQ(Nfc("e\u0301"), "é");
  EXPECT_EQ(Nfc("abc e\u0301 xyz o\u0308!"), "abc é xyz ö!");
  EXPECT_EQ(Nfc("a\u0323\u0302"), "\u1EAD");
  EXPECT_EQ(Nfc("a\u0302\u0323"), "\u1EAD");
  EXPECT_EQ(Nfc("q\u0307\u0323"), "q\u0323\u0307");
  EXPECT_EQ(Nfc("\u1E9B\u0323"), "\u1E9B\u0323");
  EXPECT_EQ(Nfc("é\u0323"), "ẹ\u0301");
}

TEST(NfcTest, BlocksWhatStandsBehindAnEqualMark) {
  EXPECT_EQ(Nfc("a\u0315\u0300\u05AE\u0062"), "à\u05AE\u0315b");
  EXPECT_EQ(Nfc("a\u0327\u0327\u0301"), "á\u0327\u0327");
  EXPECT_EQ(Nfc("\u09C7\u0301\u09BE"), "\u09C7\u0301\u09BE");
}

TEST(NfcTest, ReplacesWhatNfcNeverKeeps) {
  EXPECT_EQ(Nfc("\u212B\u2126\u212A"), "ÅΩK");
  EXPECT_EQ(Nfc("\u0340\u0344"), "\u0300\u0308\u0301");
  EXPECT_EQ(Nfc("\uFB2C"), "\u05E9\u05BC\u05C1");
  EXPECT_EQ(Nfc("\u0958"), "\u0915\u093C");
}

TEST(NfcTest, ComposesHangul) {
  EXPECT_EQ(Nfc("\u1112\u1161\u11AB\u1100\u116E\u11A8"), "한국");
  EXPECT_EQ(Nfc("\uAC00\u11A8"), "각");
  EXPECT_EQ(Nfc("\uAC01\u11A8"), "각\u11A8");
  EXPECT_EQ(Nfc("\u1161\u11A8"), "\u1161\u11A8");
  EXPECT_EQ(Nfc("\uAC00\u11A7"), "\uAC00\u11A7");
}

TEST(NfcTest, StandsOnTheReferenceTablesNotTheSystems) {
  // Newer Unicode gives U+0898 a class; the reference does not, so nothing moves.
  EXPECT_EQ(Nfc("a\u0898\u0323"), "a\u0898\u0323");
  EXPECT_EQ(Nfc("\U00011935\U00011930"), "\U00011935\U00011930");
}

TEST(NfcTest, IsIdempotentOnEveryCodePointBesideMarks) {
  for (char32_t c = 1; c < unicode::kCodePoints; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text = "a";
    unicode::AppendUtf8(c, &text);
    text += "\u0323\u0301";
    const std::string once = Nfc(text);
    ASSERT_TRUE(IsValidUtf8(once)) << std::hex << static_cast<std::uint32_t>(c);
    ASSERT_EQ(Nfc(once), once) << std::hex << static_cast<std::uint32_t>(c);
  }
}

TEST(NfcTest, SortsALongRunOfMarks) {
  std::string text = "a";
  for (int i = 0; i < 50000; ++i) text += "\u0301\u0323";
  // The first of each class composes with the letter: ạ, but then nothing with U+0301.
  const std::string result = Nfc(text);
  EXPECT_TRUE(result.starts_with("ạ\u0323"));
  EXPECT_TRUE(result.ends_with("\u0301\u0301"));
}

}  // namespace
}  // namespace vlr
