// What `vl-rerank bench` asks a model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/config.h"
#include "model/reranker_model.h"
#include "pixels/image.h"

namespace vlr::bench {

struct Work {
  int documents = 50;
  int tokens = 256;           // of text in a prompt
  std::optional<Size> image;  // one in each document
};

// "1024x768". Errors: "invalid_option".
Result<Size> ParseImageSize(const std::string& text);

// Prompts of random tokens that share up to 64 at their beginning, as those of a request do, and pictures
// of random bytes, as large as the model's own preprocessing leaves that size by default. The same for equal
// arguments.
std::vector<ModelInput> DrawInputs(const ModelConfig& config, const Work& work);

}  // namespace vlr::bench
