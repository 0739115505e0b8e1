// What tokenizer.json may not say, and that the message names the key.
#include "text/tokenizer_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/tokenizer.h"
#include "text/tokenizer_test_json.h"

namespace vlr {
namespace {

using testing_json::TokenizerJson;

Error ErrorOf(const std::string& text) {
  const auto tokenizer = Tokenizer::FromJson(text, "t.json");
  return tokenizer ? Error{} : tokenizer.error();
}

void ExpectRefused(const std::string& text, const std::string& key, const std::string& what) {
  const Error error = ErrorOf(text);
  EXPECT_EQ(error.code, "invalid_tokenizer") << error.message;
  EXPECT_EQ(error.part, "t.json: " + key);
  EXPECT_EQ(error.message, "t.json: " + key + ": " + what);
}

template <class Change>
void ExpectRefusedWith(const Change& change, const std::string& key, const std::string& what) {
  TokenizerJson json;
  change(&json);
  ExpectRefused(json.Text(), key, what);
}

TEST(TokenizerFileTest, AcceptsWhatChangesNoId) {
  TokenizerJson json;
  json.root_extra = R"("version":"1.0","truncation":{"max_length":8},"padding":{"length":8},"decoder":null,)";
  json.model_extra = R"("dropout":0.0,"unk_token":"?","fuse_unk":true,"byte_fallback":true,)"
                     R"("continuing_subword_prefix":"","end_of_word_suffix":null,)";
  json.post_processor = R"({"type":"ByteLevel"})";
  EXPECT_EQ(ErrorOf(json.Text()).message, "");
}

TEST(TokenizerFileTest, RefusesAnotherKindOfFile) {
  EXPECT_EQ(ErrorOf("{").code, "invalid_json");
  ExpectRefused("[]", "(root)", "expected an object, found an array");
  ExpectRefused("{}", "pre_tokenizer", "missing");
  ExpectRefusedWith([](auto* j) { j->root_extra = R"("version":"2.0",)"; }, "version",
                    R"("2.0" is not supported; "1.0" is)");
}

TEST(TokenizerFileTest, RefusesAnotherPipeline) {
  ExpectRefusedWith([](auto* j) { j->normalizer = R"({"type":"NFKC"})"; }, "normalizer.type",
                    R"("NFKC" is not supported; "NFC" is)");
  ExpectRefusedWith([](auto* j) { j->normalizer = "{}"; }, "normalizer.type",
                    R"(missing; "NFC" is supported)");
  ExpectRefusedWith(
      [](auto* j) { j->pattern = R"(\s+)"; }, "pre_tokenizer.pretokenizers[0].pattern.Regex",
      R"("\s+" is not supported; ")" + std::string(kQwenSplitPattern).substr(0, 100) + R"(…" is)");
  ExpectRefusedWith([](auto* j) { j->split_extra = R"("invert":true,)"; },
                    "pre_tokenizer.pretokenizers[0].invert", "true is not supported; false is");
  ExpectRefusedWith([](auto* j) { j->byte_level = R"({"type":"ByteLevel","add_prefix_space":false})"; },
                    "pre_tokenizer.pretokenizers[1].use_regex", "true is not supported; false is");
  ExpectRefusedWith([](auto* j) { j->byte_level += ",{}"; }, "pre_tokenizer.pretokenizers",
                    "expected two, Split and ByteLevel");
  ExpectRefusedWith([](auto* j) { j->post_processor = R"({"type":"TemplateProcessing"})"; },
                    "post_processor.type", R"("TemplateProcessing" is not supported; "ByteLevel" is)");
}

TEST(TokenizerFileTest, RefusesAnotherModel) {
  ExpectRefusedWith([](auto* j) { j->model_type = "Unigram"; }, "model.type",
                    R"("Unigram" is not supported; "BPE" is)");
  ExpectRefusedWith([](auto* j) { j->model_extra = R"("dropout":0.1,)"; }, "model.dropout",
                    "0.1 is not supported; null is");
  ExpectRefusedWith([](auto* j) { j->model_extra = R"("end_of_word_suffix":"</w>",)"; },
                    "model.end_of_word_suffix", R"("</w>" is not supported; "" is)");
  ExpectRefusedWith([](auto* j) { j->model_extra = R"("ignore_merges":1,)"; }, "model.ignore_merges",
                    "expected a boolean, found a number");
}

TEST(TokenizerFileTest, RefusesAVocabularyThatContradictsItself) {
  ExpectRefusedWith([](auto* j) { j->vocab_extra = R"("hole":300,)"; }, R"(model.vocab."hole")",
                    "id 300 is outside 0 … 256 (one id for each entry)");
  ExpectRefusedWith([](auto* j) { j->vocab_extra = R"("below":-1,)"; }, R"(model.vocab."below")",
                    "id -1 is outside 0 … 256 (one id for each entry)");
  ExpectRefusedWith([](auto* j) { j->vocab_extra = R"("twice":97,)"; }, R"(model.vocab."a")",
                    R"(id 97 is also that of "twice")");
  ExpectRefusedWith([](auto* j) { j->vocab_extra = R"("text":"1",)"; }, R"(model.vocab."text")",
                    "expected an integer, found a string");
  ExpectRefusedWith([](auto* j) { j->vocab_extra = R"("big":1e30,)"; }, R"(model.vocab."big")",
                    "expected an integer, found a number");
  TokenizerJson repeated;
  repeated.vocab_extra = R"("a":256,)";
  EXPECT_EQ(ErrorOf(repeated.Text()).code, "invalid_json");
}

TEST(TokenizerFileTest, RefusesAVocabularyOfAnotherType) {
  const std::string before = R"({"pre_tokenizer":{"type":"Sequence","pretokenizers":[)" +
                             TokenizerJson{}.Split() +
                             R"(,{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"model":)";
  ExpectRefused(before + R"({"type":"BPE","vocab":["a"],"merges":[]}})", "model.vocab",
                "expected an object, found an array");
  ExpectRefused(before + R"({"type":"BPE","vocab":{"a":0},"merges":[]}})", "model.vocab",
                R"(no entry "Ā", byte 0)");
  ExpectRefused(before + R"({"type":"BPE","vocab":{},"merges":[]}})", "model.vocab",
                R"(no entry "Ā", byte 0)");
  ExpectRefused(before + R"({"type":"BPE","merges":[]}})", "model.vocab", "missing");
  ExpectRefused(before + "7}", "model.type", R"(missing; "BPE" is supported)");
}

TEST(TokenizerFileTest, RefusesMergesOfUnknownTokens) {
  ExpectRefusedWith([](auto* j) { j->merges = R"([["a","xyz"]])"; }, "model.merges[0]",
                    R"("xyz" is not in model.vocab)");
  ExpectRefusedWith([](auto* j) { j->merges = R"([["a","b"]])"; }, "model.merges[0]",
                    R"("ab" is not in model.vocab)");
  ExpectRefusedWith([](auto* j) { j->merges = R"(["a b c"])"; }, "model.merges[0]",
                    R"(expected ["left", "right"] or "left right")");
  ExpectRefusedWith([](auto* j) { j->merges = R"([["a"]])"; }, "model.merges[0]",
                    R"(expected ["left", "right"] or "left right")");
  ExpectRefusedWith([](auto* j) { j->merges = "{}"; }, "model.merges", "expected an array, found an object");
}

TEST(TokenizerFileTest, RefusesAddedTokensItCannotHonour) {
  ExpectRefusedWith(
      [](auto* j) {
        j->added = {{"<x>", 300, true}};
      },
      "added_tokens[0].id", R"(300 for "<x>" where 256 is the next id)");
  ExpectRefusedWith(
      [](auto* j) {
        j->added = {{"a", 256, true}};
      },
      "added_tokens[0].id", R"(256 for "a" where 97 is its id in model.vocab)");
  ExpectRefusedWith(
      [](auto* j) {
        j->added = {{"<x>", 256, true}, {"<x>", 257, true}};
      },
      "added_tokens[1].content", R"("<x>" is there twice)");
  ExpectRefusedWith(
      [](auto* j) {
        j->added = {{"a", 97, true}, {"a", 97, true}};
      },
      "added_tokens[1].content", R"("a" is there twice)");
  ExpectRefusedWith(
      [](auto* j) {
        j->added = {{"", 256, true}};
      },
      "added_tokens[0].content", "expected a text that is not empty");
  std::string text = TokenizerJson{}.Text();
  text.replace(text.find(R"("added_tokens":[])"), 17,
               R"("added_tokens":[{"content":"<x>","id":256,"lstrip":true}])");
  ExpectRefused(text, "added_tokens[0].lstrip", "true is not supported; false is");
}

TEST(TokenizerFileTest, ReadsALargeFile) {
  TokenizerJson json;
  for (int i = 0; i < 400000; ++i) json.tokens.push_back("token that never merges " + std::to_string(i));
  const std::string text = json.Text();
  EXPECT_GT(text.size(), 10U << 20U);
  const auto tokenizer = Tokenizer::FromJson(text, "t.json");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->vocabulary_size(), 400256U);
}

}  // namespace
}  // namespace vlr
