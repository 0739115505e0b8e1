// A recorded request (requests.json of make_reference.py) to the model's input, through our own decoder,
// pixels, tokenizer and prompt.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "model/reranker_model.h"
#include "pixels/patches.h"
#include "rerank/prompt.h"

namespace vlr::parity {

struct PreparedDocument {
  ModelInput input;
  std::int64_t full_ids = 0;  // before truncation
};

class RequestReader {
 public:
  RequestReader(const PromptBuilder& prompts, std::string media_directory, const PatchLayout& layout)
      : prompts_(prompts), media_directory_(std::move(media_directory)), layout_(layout) {}

  // One input for each document of the request; throws ErrorException when a part fails.
  std::vector<PreparedDocument> Read(const json::Value& request) const;

 private:
  struct Options;
  struct Side;
  Side ReadSide(const json::Value& side, const Options& options) const;
  void AddImage(const std::string& name, const Options& options, Side& side) const;
  void AddVideo(const json::Value& video, const Options& options, Side& side) const;
  std::string MediaBytes(const std::string& name) const;

  const PromptBuilder& prompts_;
  std::string media_directory_;
  PatchLayout layout_;
};

}  // namespace vlr::parity
