#include "rerank/prompt.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace vlr {
namespace {

constexpr const char* kSystem =
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note "
    "that the "
    "answer can only be \"yes\" or \"no\".";

// <|im_end|> \n <|im_start|> assistant \n: the suffix that truncation keeps.
constexpr std::size_t kSuffixTokens = 5;

}  // namespace

std::int64_t PromptSide::pad_count() const {
  std::int64_t pads = std::accumulate(image_tokens.begin(), image_tokens.end(), std::int64_t{0});
  for (const VideoPlace& video : videos) {
    pads += static_cast<std::int64_t>(video.timestamps.size()) * video.tokens_per_step;
  }
  return pads;
}

// Collects text until a special token is due, then encodes it in one go: BPE may merge across the seams of
// parts.
class PromptBuilder::Assembler {
 public:
  // Goes on after what the two hold.
  Assembler(const PromptBuilder& builder, std::vector<std::int32_t>* ids, std::string* pending)
      : builder_(builder), ids_(*ids), pending_(*pending) {}

  void Text(std::string_view text) { pending_ += text; }
  void Special(std::int32_t id, int count = 1) {
    Flush();
    ids_.insert(ids_.end(), static_cast<std::size_t>(count), id);
  }
  void Image(int tokens) { Vision(builder_.image_pad_, tokens); }
  void Video(const VideoPlace& video) {
    for (const std::string& timestamp : video.timestamps) {
      Text("<" + timestamp + " seconds>");
      Vision(builder_.video_pad_, video.tokens_per_step);
    }
  }
  void Side(std::string_view prefix, const PromptSide& side) {
    Text(prefix);
    for (const VideoPlace& video : side.videos) Video(video);
    for (const int tokens : side.image_tokens) Image(tokens);
    for (const SharedText& text : side.texts) Text(text);
    if (side.is_null) Text("NULL");
  }
  void Ids(const std::vector<std::int32_t>& ids) {
    Flush();
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }
  void Flush() {
    if (pending_.empty()) return;
    builder_.tokenizer_->Encode(pending_, SpecialTokens::kAsText, &ids_);
    pending_.clear();
  }

 private:
  void Vision(std::int32_t pad, int count) {
    Special(builder_.vision_start_);
    Special(pad, count);
    Special(builder_.vision_end_);
  }

  const PromptBuilder& builder_;
  std::vector<std::int32_t>& ids_;
  std::string& pending_;
};

Result<PromptBuilder> PromptBuilder::Create(std::shared_ptr<const TextEncoder> tokenizer) {
  constexpr std::array<std::string_view, 8> kNeeded = {
      "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>",
      "yes",          "no"};
  if (const auto complete = tokenizer->RequireTokens(kNeeded); !complete) return complete.error();
  PromptBuilder builder(std::move(tokenizer));
  const std::array<std::int32_t*, kNeeded.size()> ids = {
      &builder.im_start_,  &builder.im_end_,    &builder.vision_start_, &builder.vision_end_,
      &builder.image_pad_, &builder.video_pad_, &builder.yes_,          &builder.no_};
  for (std::size_t i = 0; i < kNeeded.size(); ++i) *ids[i] = *builder.tokenizer_->TokenId(kNeeded[i]);

  std::string pending;
  Assembler head(builder, &builder.head_, &pending);
  head.Special(builder.im_start_);
  head.Text(std::string("system\n") + kSystem);
  head.Special(builder.im_end_);
  head.Text("\n");
  head.Special(builder.im_start_);
  Assembler tail(builder, &builder.tail_, &pending);
  tail.Special(builder.im_end_);
  tail.Text("\n");
  tail.Special(builder.im_start_);
  tail.Text("assistant\n");
  tail.Flush();
  return builder;
}

PromptWriter PromptBuilder::Begin(const std::string& instruction, const PromptSide& query) const {
  PromptWriter writer(*this);
  writer.start_ids_ = head_;
  Assembler assembler(*this, &writer.start_ids_, &writer.start_text_);
  assembler.Text("user\n<Instruct>: ");
  assembler.Text(instruction.empty() ? kDefaultInstruction : instruction);
  assembler.Side("<Query>:", query);
  assembler.Text("\n<Document>:");
  return writer;
}

Result<Prompt> PromptWriter::Write(const PromptSide& document, int max_length) {
  ids_ = start_ids_;
  pending_ = start_text_;
  PromptBuilder::Assembler assembler(*builder_, &ids_, &pending_);
  assembler.Side("", document);
  assembler.Ids(builder_->tail_);
  const auto dropped = Truncate(*builder_->tokenizer_, max_length, &ids_);
  if (!dropped) return dropped.error();
  return Prompt{ids_, *dropped};
}

Result<std::int64_t> Truncate(const TextEncoder& tokenizer, int max_length, std::vector<std::int32_t>* ids) {
  const std::size_t head = ids->size() - std::min(kSuffixTokens, ids->size());
  const auto limit = static_cast<std::size_t>(std::max(max_length, 0));
  if (head <= limit) return std::int64_t{0};
  const auto is_special = [&](std::int32_t id) { return tokenizer.IsSpecial(id); };
  const auto head_end = ids->begin() + static_cast<std::ptrdiff_t>(head);
  const auto specials = static_cast<std::size_t>(std::count_if(ids->begin(), head_end, is_special));
  if (specials > limit) {
    return Error{"prompt_too_long", "its images and videos alone take " + std::to_string(specials) +
                                        " tokens, more than max_length " + std::to_string(limit)};
  }
  std::size_t room = limit - specials;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const std::int32_t id = (*ids)[i];
    const bool ordinary = i < head && !is_special(id);
    if (ordinary && room == 0) continue;
    if (ordinary) --room;
    (*ids)[kept++] = id;
  }
  const auto dropped = static_cast<std::int64_t>(ids->size() - kept);
  ids->resize(kept);
  return dropped;
}

}  // namespace vlr
