// The prompt of Qwen3-VL-Reranker as token ids. Source: src/models/qwen3_vl_reranker.py of
// QwenLM/Qwen3-VL-Embedding and the chat template that the released checkpoints carry; no template is
// executed here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/shared_text.h"
#include "text/text_encoder.h"

namespace vlr {

// A video's place in the prompt: for each temporal patch its timestamp text ("0.5") and the number of pads.
struct VideoPlace {
  std::vector<std::string> timestamps;
  int tokens_per_step = 0;
};

// One side of a pair, ready to be written down.
struct PromptSide {
  std::vector<VideoPlace> videos;
  std::vector<int> image_tokens;  // pads of each image
  SharedTexts texts;
  bool is_null = false;  // none of the three: the text NULL

  std::int64_t pad_count() const;
};

struct Prompt {
  std::vector<std::int32_t> ids;
  std::int64_t truncated_tokens = 0;
};

class PromptWriter;

// Immutable, thread safe.
class PromptBuilder {
 public:
  // Errors: "invalid_tokenizer" naming the special token that is missing.
  static Result<PromptBuilder> Create(std::shared_ptr<const TextEncoder> tokenizer);

  static constexpr const char* kDefaultInstruction =
      "Given a search query, retrieve relevant candidates that answer the query.";

  // The prompts of one request, which must not outlive this. An empty instruction is the default one. Text in
  // either side never becomes a special token.
  PromptWriter Begin(const std::string& instruction, const PromptSide& query) const;

  std::int32_t yes_id() const { return yes_; }
  std::int32_t no_id() const { return no_; }
  const TextEncoder& tokenizer() const { return *tokenizer_; }

 private:
  friend class PromptWriter;
  class Assembler;
  explicit PromptBuilder(std::shared_ptr<const TextEncoder> tokenizer) : tokenizer_(std::move(tokenizer)) {}

  std::shared_ptr<const TextEncoder> tokenizer_;
  std::vector<std::int32_t> head_, tail_;  // what every prompt begins and ends with
  std::int32_t im_start_ = 0, im_end_ = 0, vision_start_ = 0, vision_end_ = 0, image_pad_ = 0, video_pad_ = 0;
  std::int32_t yes_ = 0, no_ = 0;
};

// Writes prompts that differ in the document alone. Not thread safe.
class PromptWriter {
 public:
  // Errors: "prompt_too_long" when the special tokens alone (the media) exceed max_length.
  Result<Prompt> Write(const PromptSide& document, int max_length);

 private:
  friend class PromptBuilder;
  explicit PromptWriter(const PromptBuilder& builder) : builder_(&builder) {}

  const PromptBuilder* builder_;
  std::vector<std::int32_t> start_ids_;
  std::string start_text_;  // after these; encoded with what follows, since BPE may merge across the seam
  std::vector<std::int32_t> ids_;  // memory that is used again
  std::string pending_;            // the same
};

// Cuts ids (with the template's five last tokens at their end) to max_length + 5: every special token stays,
// the first ordinary ones fill what is left. Returns how many were dropped. Errors: "prompt_too_long".
Result<std::int64_t> Truncate(const TextEncoder& tokenizer, int max_length, std::vector<std::int32_t>* ids);

}  // namespace vlr
