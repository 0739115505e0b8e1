// A recorded checkpoint with the reference's answers to every request.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "model/reranker_model.h"
#include "request_inputs.h"
#include "rerank/prompt.h"

namespace vlr::parity {

class GoldenShape {
 public:
  // `name` is a folder of the test data: model/ and golden.json. Requests and media are golden-a's for every
  // shape.
  explicit GoldenShape(const std::string& name);

  std::size_t case_count() const;
  json::Value RequestAt(std::size_t index) const;
  // The answers to that request's documents.
  json::Value AnswersAt(std::size_t index) const;
  std::vector<PreparedDocument> InputsAt(std::size_t index) const;
  std::unique_ptr<RerankModel> Load(DType dtype) const;

 private:
  std::string directory_;
  json::Document requests_;
  json::Document golden_;
  PromptBuilder prompts_;
  PatchLayout layout_;
};

}  // namespace vlr::parity
