#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sidecar/api/schema.h"
#include "sidecar/api/score_body.h"

namespace vlr::api {
namespace {

template <class Read>
auto ReadText(const std::string& text, Read read, const RequestDefaults& defaults = {})
    -> Result<decltype(read(std::declval<json::Value>(), defaults))> {
  const auto document = json::Document::Parse(text);
  if (!document) return document.error();
  try {
    return read(document->root(), defaults);
  } catch (const ErrorException& refusal) {
    return refusal.error();
  }
}

ScoringRequest Read(const Schema& schema, const std::string& text) {
  auto request = ReadText(text, schema.read);
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request ? std::move(*request) : ScoringRequest{};
}

// The field that is refused.
std::string Refused(const Schema& schema, const std::string& text) {
  const auto request = ReadText(text, schema.read);
  return request ? "taken" : request.error().part;
}

// Scores 0.25, 0.75 and one document that failed, with a warning.
RerankResponse Response() {
  RerankResponse response;
  response.documents.resize(3);
  response.documents[0].score = 0.25F;
  response.documents[0].logit = -1.5F;
  response.documents[1].score = 0.75F;
  response.documents[1].logit = 1.5F;
  response.documents[2].error = Error{"document_unreadable", "none of its parts could be read"};
  response.documents[2].warnings = {{"image_corrupt", "cut off", "image[0]"}};
  response.usage.total_tokens = 7;
  return response;
}

const std::string kThree =
    R"("query": "q", "documents": ["a", {"text": ["b", "c"]}, {"image": "s3://kb/x.png"}])";

TEST(SchemasTest, CohereV2HasNoForeignKeysInResults) {
  const auto request = Read(
      kCohereSchema, "{\"model\": \"m\", " + kThree +
                         R"(, "top_n": null, "return_documents": true, "rank_fields": null, "priority": 1,
                              "max_tokens_per_doc": 4096, "max_chunks_per_doc": 1, "relevant_spans": false})");
  EXPECT_EQ(kCohereSchema.write(request, Response(), "rr-1", "m"),
            R"({"id":"rr-1","results":[)"
            R"({"index":1,"relevance_score":0.75,"document":{"text":["b","c"]}},)"
            R"({"index":0,"relevance_score":0.25,"document":{"text":"a"}},)"
            R"({"index":2,"relevance_score":0.0,"document":{"image":"s3://kb/x.png"}}],)"
            R"("meta":{"api_version":{"version":"2"},"billed_units":{"search_units":0},)"
            R"("tokens":{"input_tokens":7},"warnings":["documents[2].image[0]: image_corrupt: cut off",)"
            R"("documents[2]: document_unreadable: none of its parts could be read"]}})");
  EXPECT_EQ(Refused(kCohereSchema, R"({"query": "q", "documents": [], "instruction": "i"})"), "instruction");
}

TEST(SchemasTest, TeiIsABareListWithEveryText) {
  const auto request =
      Read(kTeiSchema, R"({"query": "q", "texts": ["a", "b", "c"], "truncate": true, "model": "x",
      "truncation_direction": "Right", "return_text": true, "raw_scores": false, "top_n": null})");
  EXPECT_EQ(kTeiSchema.write(request, Response(), "rr-1", "m"),
            R"([{"index":1,"score":0.75,"text":"b"},{"index":0,"score":0.25,"text":"a"},)"
            R"({"index":2,"score":0.0,"text":"c"}])");
  const auto raw = Read(kTeiSchema, R"({"query": "q", "documents": ["a", "b", "c"], "raw_scores": true})");
  EXPECT_EQ(kTeiSchema.write(raw, Response(), "rr-1", "m"),
            R"([{"index":1,"score":1.5},{"index":0,"score":-1.5},{"index":2,"score":-200.0}])");
  EXPECT_EQ(Refused(kTeiSchema, R"({"query": "q"})"), "texts");
  EXPECT_EQ(Refused(kTeiSchema, R"({"query": "q", "texts": [], "documents": []})"), "texts");
  EXPECT_EQ(kTeiSchema.refuse(Error{"overloaded", "the queue is full"}, 429, "rr-1").body,
            R"({"error":"the queue is full","error_type":"Overloaded"})");
}

TEST(SchemasTest, InfinityReturnsTextsAsStrings) {
  const auto request =
      Read(kInfinitySchema, "{" + kThree + R"(, "return_documents": true, "raw_scores": true, "top_n": 2})");
  const std::string json = kInfinitySchema.write(request, Response(), "rr-1", "m");
  EXPECT_NE(json.find(R"("results":[{"index":1,"relevance_score":1.5,"document":"b\nc"},)"
                      R"({"index":0,"relevance_score":-1.5,"document":"a"}],"usage":{"prompt_tokens":7,)"),
            std::string::npos)
      << json;
  EXPECT_TRUE(json.starts_with(R"({"object":"rerank","id":"rr-1","model":"m","created":)")) << json;
}

TEST(SchemasTest, TheNativeRouteTakesEveryDocumentedKey) {
  Read(kNativeSchema,
       R"({"model": "m", "query": "q", "documents": ["a"], "top_n": 1, "return_documents": false,
      "rank_fields": ["text"], "max_chunks_per_doc": 2, "max_tokens_per_doc": 512, "max_tokens_per_query": 64,
      "truncation": true, "truncation_side": "left", "truncate_prompt_tokens": 100, "max_doc_length": 1024,
      "max_query_length": 64, "return_embeddings": false, "user": "u", "priority": 0, "request_id": "r",
      "mm_processor_kwargs": {}, "media_io_kwargs": {}, "cache_salt": "s", "padding": "do_not_pad",
      "add_special_tokens": true, "chat_template_kwargs": {}, "use_activation": true, "activation": null,
      "softmax": true, "raw_scores": false, "instruction": "i", "relevant_spans": false})");
  EXPECT_EQ(Refused(kNativeSchema, R"({"query": "q", "documents": [], "use_activation": false})"),
            "use_activation");
  EXPECT_EQ(Refused(kNativeSchema, R"({"query": "q", "documents": [], "raw_scores": true})"), "raw_scores");
  EXPECT_EQ(Refused(kNativeSchema, R"({"query": "q", "documents": [], "temperature": 1})"), "temperature");
}

TEST(SchemasTest, RankFieldsNameTheTextsInTheirOrder) {
  const auto request =
      Read(kNativeSchema, R"({"query": "q", "rank_fields": ["title", "body", "none"], "documents":
      [{"body": "b", "title": "t", "price": 3, "image": "i.png"}, "plain"]})");
  ASSERT_EQ(request.rerank.documents.size(), 2u);
  EXPECT_EQ(request.rerank.documents[0].texts, (SharedTexts{"t", "b"}));
  EXPECT_EQ(request.rerank.documents[0].images.size(), 1u);
  EXPECT_EQ(request.rerank.documents[1].texts, SharedTexts{"plain"});
  EXPECT_EQ(Refused(kNativeSchema, R"({"query": "q", "rank_fields": ["n"], "documents": [{"n": 1}]})"),
            "documents[0].n");
  EXPECT_EQ(Refused(kNativeSchema, R"({"query": "q", "rank_fields": "n", "documents": []})"), "rank_fields");
}

TEST(SchemasTest, PartsInThePlaceOfDocumentsAreADocumentEach) {
  const auto request =
      Read(kNativeSchema, R"({"query": "q", "return_documents": false, "documents": {"content": [
      {"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "i.png"}}]}})");
  ASSERT_EQ(request.rerank.documents.size(), 2u);
  EXPECT_EQ(request.rerank.documents[1].images.at(0).url, "i.png");
  EXPECT_EQ(Refused(kNativeSchema, R"({"query": "q", "documents": {"content": ["t"]}})"),
            "documents.content[0]");
}

TEST(SchemasTest, TheBodyTellsTeiFromNative) {
  const auto schema = [](const std::string& text) {
    const auto document = json::Document::Parse(text);
    return &NativeOrTei(document->root());
  };
  EXPECT_EQ(schema(R"({"query": "q", "texts": ["a"]})"), &kTeiSchema);
  EXPECT_EQ(schema(R"({"query": "q", "texts": null, "documents": []})"), &kNativeSchema);
  EXPECT_EQ(schema("[]"), &kNativeSchema);
}

TEST(SchemasTest, TopNOfZeroIsAll) {
  EXPECT_FALSE(Read(kNativeSchema, R"({"query": "q", "documents": ["a"], "top_n": 0})").top_n);
}

ScoreRequest Pairs(const std::string& text) {
  auto request = ReadText(text, ReadScoreRequest);
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request ? std::move(*request) : ScoreRequest{};
}
std::string RefusedPairs(const std::string& text) {
  const auto request = ReadText(text, ReadScoreRequest);
  return request ? "taken" : request.error().part + ": " + request.error().message;
}

TEST(ScoreBodyTest, OneQueryOrAsManyAsDocuments) {
  const auto one = Pairs(R"({"text_1": "q", "text_2": ["a", "b"], "model": "m"})");
  ASSERT_EQ(one.parts.size(), 1u);
  EXPECT_EQ(one.parts[0].documents.size(), 2u);
  EXPECT_EQ(one.parts[0].model, "m");
  EXPECT_EQ(Pairs(R"({"queries": ["q"], "documents": "a"})").parts[0].documents.size(), 1u);
  const auto many = Pairs(R"({"queries": ["p", "q"], "items": ["a", {"image": "i"}]})");
  ASSERT_EQ(many.parts.size(), 2u);
  EXPECT_EQ(many.parts[1].query.texts, SharedTexts{"q"});
  EXPECT_EQ(many.parts[1].documents.at(0).images.size(), 1u);
  const auto media = Pairs(R"({"data_1": {"content": [{"type": "text", "text": "q"}]}, "data_2": {"content": [
      {"type": "text", "text": "a"}, {"type": "image_url", "image_url": "i"}]}})");
  EXPECT_EQ(media.parts.at(0).documents.size(), 2u);
  EXPECT_EQ(RefusedPairs(R"({"text_1": ["p", "q"], "text_2": ["a"]})"),
            "text_1: text_1 must be one, or as many as text_2");
  EXPECT_EQ(RefusedPairs(R"({"text_1": "q", "queries": "q", "text_2": "a"})"),
            "queries: queries and text_1 are the same thing: give one");
  EXPECT_EQ(RefusedPairs(R"({"text_1": "q"})"), "text_2: text_2 is missing");
  EXPECT_EQ(RefusedPairs(R"({"text_1": [], "text_2": []})"), "text_1: text_1 must not be empty");
  EXPECT_EQ(RefusedPairs(R"({"text_1": "q", "text_2": "a", "top_n": 1})"), "top_n: top_n is not a known key");
}

TEST(ScoreBodyTest, AnswersPairsInTheirOrder) {
  const std::string json = WriteScoreResponse({Response(), Response()}, "rr-1", "m");
  EXPECT_NE(
      json.find(R"("data":[{"index":0,"object":"score","score":0.25},{"index":1,"object":"score","score":)"
                R"(0.75},{"index":2,"object":"score","score":0.0,"error":{)"),
      std::string::npos)
      << json;
  EXPECT_NE(json.find(R"({"index":5,)"), std::string::npos);
  EXPECT_NE(json.find(R"("usage":{"prompt_tokens":14,)"), std::string::npos);
}

}  // namespace
}  // namespace vlr::api
