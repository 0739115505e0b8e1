// What every scoring body is read into, whatever schema it came in, and the parts that the schemas share.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "rerank/request.h"
#include "sidecar/api/content_reader.h"
#include "sidecar/api/field_reader.h"

namespace vlr::api {

// What a request that says nothing of it gets, and what none may exceed.
struct RequestDefaults {
  PreparationOptions preparation;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds max_timeout{600'000};
  std::size_t max_documents = 1000;
  std::size_t max_media = 1000;
};

struct ScoringRequest {
  RerankRequest rerank;
  std::optional<std::size_t> top_n;
  double min_score = 0.0;
  bool raw_scores = false;            // logits in the place of scores, where the schema knows that
  bool return_documents = false;      // "returned" is filled
  std::vector<std::string> returned;  // of each document: the JSON value that stands for it in the answer
};

// How a document goes back to the caller.
enum class ReturnedForm {
  kObject,  // {"text": …} for a string, else the object as it came
  kText,    // its text as a string; several texts one a line
};

// Counts the images, videos and frames of a request. Throws through Refuse above the limit.
class MediaBudget {
 public:
  explicit MediaBudget(std::size_t limit) : limit_(limit) {}
  void Add(const Content& content, const std::string& path);

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
};

// The calls below throw ErrorException through Refuse.

// How a schema names and returns its documents.
struct DocumentForm {
  std::string key = "documents";
  ReturnedForm returned = ReturnedForm::kObject;
  bool rank_fields = true;  // takes "rank_fields", which says where an object's texts are
};

// "query" and the list of documents.
void ReadQueryAndDocuments(FieldReader* body, const DocumentForm& form, const RequestDefaults& defaults,
                           ScoringRequest* request);
// "top_n"; 0 means all, as vLLM has it.
std::optional<std::size_t> ReadTopN(FieldReader* body);
// The members of a list of documents, or the parts of {"content": […]}, each a document (vLLM).
std::vector<json::Value> DocumentList(const json::Value& value, const std::string& path,
                                      const RequestDefaults& defaults);
// The default preparation and deadline of a schema that cannot say otherwise.
void SetDefaults(const RequestDefaults& defaults, RerankRequest* rerank);

// Passes over keys of Jina's, Cohere v1's, vLLM's, Infinity's and LiteLLM's bodies that change nothing here;
// docs/api.md says why of each.
void IgnoreKeysOfOthers(FieldReader* body);
// Refuses what asks vLLM for logits instead of scores.
void RefuseLogits(FieldReader* body);

// Documents in the order of an answer: best first, ties by index, those with an error last; cut by min_score
// and top_n.
std::vector<std::size_t> Ranking(const ScoringRequest& request, const RerankResponse& response);
// What a schema prints: the score, or the logit when those were asked for.
float PrintedScore(const ScoringRequest& request, const DocumentResult& document);

// The native "usage"; it begins with prompt_tokens and total_tokens, which clients of other schemas read.
void WriteUsage(json::Writer* out, const Usage& usage);
// The native "timing_ms".
void WriteTiming(json::Writer* out, const Timing& timing);
// "error" and "warnings" of a document, each {"code", "part", "message"}, where it has them.
void WriteFaults(json::Writer* out, const DocumentResult& document);

}  // namespace vlr::api
