// The released tokenizer against ids that the reference gave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <thread>

#include "base/json.h"
#include "text/tokenizer.h"

namespace vlr {
namespace {

using Ids = std::vector<std::int32_t>;

Ids IdsOf(const json::Value& list) {
  Ids ids;
  for (std::size_t i = 0; i < list.size(); ++i) ids.push_back(static_cast<std::int32_t>(list[i].AsInteger()));
  return ids;
}

class TokenizerGoldenTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { tokenizer_ = Tokenizer::FromFile(VLR_FULL_TOKENIZER).value(); }
  static void TearDownTestSuite() { tokenizer_.reset(); }
  static std::shared_ptr<const Tokenizer> tokenizer_;
};

std::shared_ptr<const Tokenizer> TokenizerGoldenTest::tokenizer_;

TEST_F(TokenizerGoldenTest, EveryString) {
  const auto golden = json::ParseFile(VLR_TEST_DATA "/tokenizer/tokenizer-golden.json").value();
  ASSERT_EQ(golden.root().size(), 430U);
  for (std::size_t i = 0; i < golden.root().size(); ++i) {
    const json::Value entry = golden.root()[i];
    const std::string_view text = entry.Find("text")->AsString();
    EXPECT_EQ(tokenizer_->Encode(text, SpecialTokens::kAsTokens), IdsOf(*entry.Find("ids")))
        << i << ": " << text;
  }
}

TEST_F(TokenizerGoldenTest, ReleasedIds) {
  EXPECT_EQ(tokenizer_->vocabulary_size(), 151669U);
  EXPECT_EQ(tokenizer_->TokenId("yes"), 9693);
  EXPECT_EQ(tokenizer_->TokenId("no"), 2152);
  EXPECT_EQ(tokenizer_->TokenId("<|im_start|>"), 151644);
  EXPECT_EQ(tokenizer_->TokenId("<|image_pad|>"), 151655);
  EXPECT_EQ(tokenizer_->TokenId("</think>"), 151668);
  EXPECT_EQ(tokenizer_->TokenId("Ġkangaroo").has_value(), false);
  EXPECT_EQ(tokenizer_->TokenId(""), std::nullopt);
  EXPECT_TRUE(tokenizer_->IsSpecial(151643));
  EXPECT_TRUE(tokenizer_->IsSpecial(151656));
  EXPECT_FALSE(tokenizer_->IsSpecial(151657));
  EXPECT_FALSE(tokenizer_->IsSpecial(9693));
  EXPECT_FALSE(tokenizer_->IsSpecial(-1));
}

TEST_F(TokenizerGoldenTest, SpecialTokensInTextAreTextUnlessAskedFor) {
  const std::string text = "a<|image_pad|>b<think>";
  EXPECT_EQ(tokenizer_->Encode(text, SpecialTokens::kAsTokens), (Ids{64, 151655, 65, 151667}));
  EXPECT_EQ(tokenizer_->Encode(text), (Ids{64, 27, 91, 1805, 30290, 91, 29, 65, 151667}));
}

TEST_F(TokenizerGoldenTest, NormalisesBetweenAddedTokensOnly) {
  EXPECT_EQ(tokenizer_->Encode("e\u0301"), tokenizer_->Encode("é"));
  // The mark after a token has nothing to join.
  const Ids after_token = tokenizer_->Encode("<think>\u0301");
  Ids expected = {151667};
  const Ids mark = tokenizer_->Encode("\u0301");
  expected.insert(expected.end(), mark.begin(), mark.end());
  EXPECT_EQ(after_token, expected);
}

TEST_F(TokenizerGoldenTest, IllFormedTextIsReplaced) {
  EXPECT_EQ(tokenizer_->Encode("a\xFF\xC3(b"), tokenizer_->Encode("a\uFFFD\uFFFD(b"));
  EXPECT_EQ(tokenizer_->Encode("\xED\xA0\x80"), tokenizer_->Encode("\uFFFD\uFFFD\uFFFD"));
  EXPECT_EQ(tokenizer_->Encode(std::string_view("\0", 1)), (Ids{188}));
}

TEST_F(TokenizerGoldenTest, LongPiecesAreNotQuadratic) {
  // All these letters are one piece: a scan for each merge would take minutes.
  const Ids ids = tokenizer_->Encode(std::string(400'000, 'a'));
  EXPECT_EQ(ids, Ids(ids.size(), ids[0]));
  EXPECT_EQ(tokenizer_->Encode(std::string(400'000, ' ') + "x").back(), tokenizer_->TokenId("Ġx"));
}

TEST_F(TokenizerGoldenTest, RequiresTokens) {
  using List = std::vector<std::string_view>;
  EXPECT_TRUE(
      tokenizer_->RequireTokens(List{"<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
                                     "<|image_pad|>", "<|video_pad|>", "yes", "no"}));
  const auto missing = tokenizer_->RequireTokens(List{"yes", "<|audio_pad|>"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "invalid_tokenizer");
  EXPECT_EQ(missing.error().message, VLR_FULL_TOKENIZER ": the token \"<|audio_pad|>\" is missing");
  EXPECT_FALSE(tokenizer_->RequireTokens(List{"Ġyes"}));
}

TEST_F(TokenizerGoldenTest, ThreadsShareOne) {
  const std::string text = "Shared e\u0301 text, 你好 <think> of several threads.";
  const Ids expected = tokenizer_->Encode(text);
  std::vector<std::thread> threads;
  std::vector<int> different(4);
  threads.reserve(different.size());
  for (int& count : different) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) count += tokenizer_->Encode(text) != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different, std::vector<int>(4));
}

// The ids of a text-only prompt: what stands between the template's special tokens is encoded in one go.
Ids PromptIds(const Tokenizer& tokenizer, std::string_view instruction, std::string_view query,
              std::string_view document) {
  Ids ids;
  const auto special = [&](std::string_view content) { ids.push_back(tokenizer.TokenId(content).value()); };
  const auto text = [&](const std::string& plain) {
    const Ids encoded = tokenizer.Encode(plain);
    ids.insert(ids.end(), encoded.begin(), encoded.end());
  };
  special("<|im_start|>");
  text(
      "system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
      "provided. "
      "Note that the answer can only be \"yes\" or \"no\".");
  special("<|im_end|>");
  text("\n");
  special("<|im_start|>");
  text("user\n<Instruct>: " + std::string(instruction) + "<Query>:" + std::string(query) +
       "\n<Document>:" + std::string(document));
  special("<|im_end|>");
  text("\n");
  special("<|im_start|>");
  text("assistant\n");
  return ids;
}

// A member that is a string and not empty, else the default.
std::string_view TextOr(const json::Value& object, std::string_view key, std::string_view otherwise) {
  const auto value = object.Find(key);
  return value && value->IsString() && !value->AsString().empty() ? value->AsString() : otherwise;
}

bool IsOneText(const json::Value& side) {
  const auto text = side.Find("text");
  return side.size() == 1 && text && text->IsString();
}

// The small vocabulary of the reference checkpoint, on every prompt that is text alone.
TEST(TokenizerReferenceModelTest, EncodesItsPrompts) {
  const std::string folder = VLR_TEST_DATA "/golden-a";
  const auto tokenizer = Tokenizer::FromFile(folder + "/model/tokenizer.json").value();
  const auto requests = json::ParseFile(folder + "/requests.json").value();
  const auto golden = json::ParseFile(folder + "/golden.json").value();
  const json::Value cases = *golden.root().Find("cases");
  std::map<std::string, json::Value, std::less<>> answers;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    answers.emplace(cases[i].Find("name")->AsString(), *cases[i].Find("documents"));
  }
  int compared = 0;
  for (std::size_t i = 0; i < requests.root().size(); ++i) {
    const json::Value request = requests.root()[i];
    if (request.Find("max_length") || !IsOneText(*request.Find("query"))) continue;
    const std::string_view name = request.Find("name")->AsString();
    const std::string_view instruction = TextOr(
        request, "instruction", "Given a search query, retrieve relevant candidates that answer the query.");
    const json::Value documents = *request.Find("documents");
    for (std::size_t d = 0; d < documents.size(); ++d) {
      if (!IsOneText(documents[d])) continue;
      const Ids ours = PromptIds(*tokenizer, instruction, request.Find("query")->Find("text")->AsString(),
                                 documents[d].Find("text")->AsString());
      EXPECT_EQ(ours, IdsOf(*answers.at(std::string(name))[d].Find("ids"))) << name << " " << d;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 17);
}

}  // namespace
}  // namespace vlr
