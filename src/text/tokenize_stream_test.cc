#include "text/tokenize_stream.h"

#include <gtest/gtest.h>

#include <sstream>

#include "text/tokenizer_test_json.h"

namespace vlr {
namespace {

std::shared_ptr<const Tokenizer> MakeTokenizer() {
  testing_json::TokenizerJson json;
  json.added = {{"<s>", 256, true}};
  return Tokenizer::FromJson(json.Text(), "test").value();
}

TEST(TokenizeStreamTest, AnswersLineByLine) {
  std::istringstream in("{\"text\":\"ab\"}\n\n{\"text\":\"\",\"id\":7}\r\n{\"text\":\"<s>\"}");
  std::ostringstream out;
  const auto answered = TokenizeStream(in, out, *MakeTokenizer(), false);
  ASSERT_TRUE(answered);
  EXPECT_EQ(*answered, 3U);
  EXPECT_EQ(out.str(), "{\"ids\":[97,98]}\n{\"ids\":[]}\n{\"ids\":[60,115,62]}\n");
}

TEST(TokenizeStreamTest, LiteralSpecials) {
  std::istringstream in("{\"text\":\"<s>\"}\n");
  std::ostringstream out;
  ASSERT_TRUE(TokenizeStream(in, out, *MakeTokenizer(), true));
  EXPECT_EQ(out.str(), "{\"ids\":[256]}\n");
}

TEST(TokenizeStreamTest, NamesTheLineThatIsWrong) {
  for (const std::string wrong : {"nonsense", "{}", "{\"text\":1}", "[]"}) {
    std::istringstream in("{\"text\":\"a\"}\n" + wrong + "\n{\"text\":\"b\"}\n");
    std::ostringstream out;
    const auto answered = TokenizeStream(in, out, *MakeTokenizer(), false);
    ASSERT_FALSE(answered) << wrong;
    EXPECT_EQ(answered.error().code, "invalid_request");
    EXPECT_EQ(answered.error().part, "line 2");
    EXPECT_EQ(out.str(), "{\"ids\":[97]}\n");
  }
}

TEST(TokenizeStreamTest, StopsWhenTheOutputIsGone) {
  std::istringstream in("{\"text\":\"a\"}\n");
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const auto answered = TokenizeStream(in, out, *MakeTokenizer(), false);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, "io_error");
}

}  // namespace
}  // namespace vlr
