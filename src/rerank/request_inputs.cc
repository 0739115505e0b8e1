#include "rerank/request_inputs.h"

#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "rerank/explanation.h"

namespace vlr {
namespace {

MediaFacts FactsOf(const VisionPatches& patches, const PatchLayout& layout) {
  const Grid& grid = patches.grid;
  const Size size{grid.w * layout.patch, grid.h * layout.patch};
  return {size, grid.t * layout.temporal, grid.tokens(layout.merge), std::nullopt};
}

}  // namespace

Result<void> RequestInputs::Add(std::size_t document, const PreparedSide& side, RerankResponse* response) {
  Result<Prompt> prompt = Build(side);
  if (!prompt) return prompt.error();
  std::optional<Explanation>& explanation = response->documents[document].explanation;
  if (request_.explain) {
    explanation = FactsOf(side);
    explanation->truncated_tokens = prompt->truncated_tokens;
  }
  Push({document, side.kinds(), true}, side, std::move(*prompt), &response->usage);
  if (!request_.explain) return {};
  for (unsigned set = 0; set < side.kinds(); ++set) {
    // The empty document is the same for all.
    if ((set & ~side.kinds()) != 0 || (set == 0 && empty_)) continue;
    const PreparedSide part = side.Only(set);
    Result<Prompt> of_part = Build(part);
    if (!of_part) return of_part.error();
    if (set == 0) empty_ = inputs_.size();
    Push({document, set, false}, part, std::move(*of_part), &response->usage);
  }
  return {};
}

void RequestInputs::Fail(std::span<const float> logits, std::vector<DocumentResult>* documents) const {
  const bool no_empty = empty_ && !std::isfinite(logits[*empty_]);  // what all explanations start from
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (std::isfinite(logits[i]) && !no_empty) continue;
    DocumentResult& document = (*documents)[places_[i].document];
    document.error = Error{"score_undefined", "the model gave no number: its weights may be damaged"};
    document.explanation.reset();
  }
}

void RequestInputs::Collect(std::span<const float> logits, std::vector<DocumentResult>* documents) const {
  Fail(logits, documents);
  std::map<std::size_t, std::array<double, kPartSets>> scores;
  std::map<std::size_t, unsigned> kinds;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto& [document, set, whole] = places_[i];
    DocumentResult& result = (*documents)[document];
    if (result.error) continue;
    const float score = ScoreOf(logits[i], model_.dtype());
    if (whole) {
      result.logit = logits[i];
      result.score = score;
    }
    if (!request_.explain) continue;
    scores[document][set] = score;
    if (whole) kinds[document] = set;
  }
  for (auto& [document, score] : scores) {
    const unsigned set = kinds.at(document);
    if (set != 0) score[0] = ScoreOf(logits[*empty_], model_.dtype());
    Attribute(set, score, &*(*documents)[document].explanation);
  }
}

Result<Prompt> RequestInputs::Build(const PreparedSide& side) {
  if (!prompts_) prompts_ = model_.prompts().Begin(request_.instruction, query_.prompt);
  return prompts_->Write(side.prompt, request_.preparation.max_length);
}

void RequestInputs::Push(Place place, const PreparedSide& side, Prompt prompt, Usage* usage) {
  usage->total_tokens += static_cast<std::int64_t>(prompt.ids.size());
  usage->image_tokens += query_.image_tokens + side.image_tokens;
  usage->video_tokens += query_.video_tokens + side.video_tokens;
  usage->video_frames += query_.video_frames + side.video_frames;
  ModelInput input{std::move(prompt.ids), query_.images, query_.videos};
  input.images.insert(input.images.end(), side.images.begin(), side.images.end());
  input.videos.insert(input.videos.end(), side.videos.begin(), side.videos.end());
  inputs_.push_back(std::move(input));
  places_.push_back(place);
}

Explanation RequestInputs::FactsOf(const PreparedSide& side) const {
  Explanation facts;
  for (std::size_t i = 0; i < side.images.size(); ++i) {
    facts.images.push_back(vlr::FactsOf(*side.images[i], model_.processor().image));
    facts.images.back().quality = side.image_quality[i];
  }
  for (const auto& video : side.videos)
    facts.videos.push_back(vlr::FactsOf(*video, model_.processor().video));
  return facts;
}

}  // namespace vlr
