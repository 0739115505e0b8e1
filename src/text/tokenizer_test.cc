#include "text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "text/tokenizer_test_json.h"

namespace vlr {
namespace {

using Ids = std::vector<std::int32_t>;
using testing_json::TokenizerJson;

Ids Encode(const TokenizerJson& json, std::string_view text,
           SpecialTokens specials = SpecialTokens::kAsText) {
  return Tokenizer::FromJson(json.Text(), "test").value()->Encode(text, specials);
}

// The 256 bytes in order, so a byte's id is the byte.
TEST(TokenizerTest, EncodesBytes) {
  EXPECT_EQ(Encode({}, "a é\n"), (Ids{'a', ' ', 0xC3, 0xA9, '\n'}));
  EXPECT_TRUE(Encode({}, "").empty());
}

TEST(TokenizerTest, MergesWithinPieces) {
  TokenizerJson json;
  json.tokens = {"ab", "Ġab"};
  json.merges = R"([["a","b"],["Ġ","ab"]])";
  EXPECT_EQ(Encode(json, "ab ab1b"), (Ids{256, 257, '1', 'b'}));
}

TEST(TokenizerTest, ReadsTheOlderFormOfMerges) {
  TokenizerJson json;
  json.tokens = {"ab"};
  json.merges = R"(["#version: 0.2","a b"])";
  EXPECT_EQ(Encode(json, "ab"), (Ids{256}));
}

TEST(TokenizerTest, HonoursIgnoreMerges) {
  TokenizerJson json;
  json.tokens = {"ab", "abc"};
  json.merges = R"([["a","b"]])";
  EXPECT_EQ(Encode(json, "abc abcd"), (Ids{256, 'c', ' ', 256, 'c', 'd'}));
  json.model_extra = R"("ignore_merges":true,)";
  EXPECT_EQ(Encode(json, "abc abcd"), (Ids{257, ' ', 256, 'c', 'd'}));
}

TEST(TokenizerTest, NormalisesOnlyWhenTheFileSaysSo) {
  TokenizerJson json;
  EXPECT_EQ(Encode(json, "e\u0301"), (Ids{0xC3, 0xA9}));
  json.normalizer = "null";
  EXPECT_EQ(Encode(json, "e\u0301"), (Ids{'e', 0xCC, 0x81}));
}

TEST(TokenizerTest, TakesTheLongestAddedToken) {
  TokenizerJson json;
  json.added = {{"<a>", 256, true}, {"<a>b", 257, false}, {"b<", 258, false}};
  EXPECT_EQ(Encode(json, "<a>b<", SpecialTokens::kAsTokens), (Ids{257, '<'}));
  EXPECT_EQ(Encode(json, "b<a>", SpecialTokens::kAsTokens), (Ids{258, 'a', '>'}));
}

TEST(TokenizerTest, DoesNotLookForOtherTokensInsideASpecialOneThatIsText) {
  TokenizerJson json;
  json.added = {{"<a>", 256, true}, {"a>", 257, false}};
  EXPECT_EQ(Encode(json, "<a>a>"), (Ids{'<', 'a', '>', 257}));
}

TEST(TokenizerTest, AddedTokensMayStandInTheVocabulary) {
  TokenizerJson json;
  json.tokens = {"ab"};
  json.added = {{"ab", 256, false}, {"<x>", 257, true}};
  EXPECT_EQ(Encode(json, "cab"), (Ids{'c', 256}));
  const auto tokenizer = Tokenizer::FromJson(json.Text(), "test").value();
  EXPECT_EQ(tokenizer->vocabulary_size(), 258U);
  EXPECT_TRUE(tokenizer->IsSpecial(257));
}

TEST(TokenizerTest, FileErrorsNameTheFile) {
  const auto missing = Tokenizer::FromFile("/nonexistent/tokenizer.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "file_missing");
  EXPECT_EQ(missing.error().part, "/nonexistent/tokenizer.json");
}

TEST(TokenizerTest, TruncatedFileIsRefused) {
  std::string text = TokenizerJson{}.Text();
  text.resize(text.size() / 2);
  const std::string path = ::testing::TempDir() + "/vlr_truncated_tokenizer.json";
  std::ofstream(path) << text;
  const auto cut = Tokenizer::FromFile(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, "invalid_json");
  EXPECT_EQ(cut.error().part, path);
}

}  // namespace
}  // namespace vlr
