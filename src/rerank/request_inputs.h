// What the model is asked for a request: each document and, for explanations, what is left of it with some
// kinds of parts only.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "rerank/loaded_model.h"
#include "rerank/prepared_side.h"
#include "rerank/request.h"

namespace vlr {

// Not thread safe. All that is referred to must outlive it.
class RequestInputs {
 public:
  RequestInputs(const LoadedModel& model, const RerankRequest& request, const PreparedSide& query)
      : model_(model), request_(request), query_(query) {
    inputs_.reserve(request.documents.size());
    places_.reserve(request.documents.size());
  }

  // Adds a document; counts its tokens in the response's usage and begins its explanation. Errors:
  // PromptWriter::Write's.
  Result<void> Add(std::size_t document, const PreparedSide& side, RerankResponse* response);
  std::vector<ModelInput> Take() { return std::move(inputs_); }
  // One logit for each input that was taken, in their order: into the documents' scores and explanations. A
  // document of which one is no finite number gets the error "score_undefined".
  void Collect(std::span<const float> logits, std::vector<DocumentResult>* documents) const;

 private:
  struct Place {
    std::size_t document;
    unsigned set;  // the kinds of parts it is asked with
    bool whole;    // all that it has
  };

  Result<Prompt> Build(const PreparedSide& side);
  void Fail(std::span<const float> logits, std::vector<DocumentResult>* documents) const;
  void Push(Place place, const PreparedSide& side, Prompt prompt, Usage* usage);
  Explanation FactsOf(const PreparedSide& side) const;

  const LoadedModel& model_;
  const RerankRequest& request_;
  const PreparedSide& query_;
  std::optional<PromptWriter> prompts_;
  std::vector<ModelInput> inputs_;
  std::vector<Place> places_;
  std::optional<std::size_t> empty_;  // which input is the empty document
};

}  // namespace vlr
