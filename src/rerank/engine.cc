#include "rerank/engine.h"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "rerank/explanation.h"
#include "rerank/media_key.h"
#include "rerank/request_inputs.h"
#include "rerank/run_on.h"
#include "rerank/when_all.h"

namespace vlr {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

double Milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// Prompts that are expected to take no longer are written at once, on the socket thread: handing them to
// another one and back takes that long.
constexpr std::chrono::microseconds kInPlaceTime{50};

bool IsText(const Content& content) {
  return content.images.empty() && content.videos.empty();
}

std::size_t TextBytes(const Content& content) {
  return std::accumulate(content.texts.begin(), content.texts.end(), std::size_t{0},
                         [](std::size_t sum, const SharedText& text) { return sum + text.size(); });
}

// Those that become prompts: each document's, and for each of them again what comes before it. Nothing for a
// request with media, whose prompts take other work.
std::optional<std::size_t> PromptBytes(const RerankRequest& request) {
  constexpr std::size_t kTemplateBytes = 128;
  const auto& documents = request.documents;
  if (!IsText(request.query) || !std::all_of(documents.begin(), documents.end(), IsText)) return std::nullopt;
  const std::size_t shared = kTemplateBytes + request.instruction.size() + TextBytes(request.query);
  std::size_t bytes = documents.size() * shared;
  for (const Content& document : documents) bytes += TextBytes(document);
  return request.explain ? bytes * kPartSets : bytes;
}

// A query of which a part is missing would make every score wrong.
Result<void> CheckQuery(const PreparedSide& query) {
  if (query.warnings.empty()) return {};
  const Error& cause = query.warnings.front();
  return Error{"document_error", "query." + cause.part + ": " + cause.code + ": " + cause.message,
               "query." + cause.part};
}

// Of the whole request, where it wants every document whole.
Result<void> CheckDocument(const RerankRequest& request, std::size_t index, const DocumentResult& document) {
  if (request.on_document_error != OnDocumentError::kFail) return {};
  if (!document.error && document.warnings.empty()) return {};
  const Error& cause = document.warnings.empty() ? *document.error : document.warnings.front();
  const std::string part =
      "documents[" + std::to_string(index) + "]" + (cause.part.empty() ? "" : "." + cause.part);
  return Error{"document_error", part + ": " + cause.code + ": " + cause.message, part};
}

// "image[2]", "video[0].frames[3]"
Error AtPart(Error error, const char* kind, std::size_t index) {
  const std::string inner = error.part.starts_with("frames[") ? "." + error.part : "";
  error.part = std::string(kind) + "[" + std::to_string(index) + "]" + inner;
  return error;
}

}  // namespace

// The media of one request, each distinct object once.
class Engine::Preparation {
 public:
  Preparation(MediaPreparer& media, const LoadedModel& model, const RerankRequest& request)
      : media_(media), model_(model), request_(request), ahead_(model.scheduler()) {
    Collect(request.query);
    for (const Content& document : request.documents) Collect(document);
  }

  asio::awaitable<void> Run() {
    std::vector<asio::awaitable<void>> tasks;
    for (auto& [key, image] : images_) tasks.push_back(LoadImage(image));
    for (auto& [key, video] : videos_) tasks.push_back(LoadVideo(video));
    co_await WhenAll(std::move(tasks));
    ahead_.Stop();
  }

  // `texts` are the content's, which is read for its media alone.
  PreparedSide Side(const Content& content, SharedTexts texts) const {
    PreparedSide side;
    const bool empty = texts.empty() && content.images.empty() && content.videos.empty();
    side.prompt.texts = std::move(texts);
    side.prompt.is_null = empty;
    const int merge = model_.processor().image.merge;
    for (std::size_t i = 0; i < content.videos.size(); ++i) {
      const Result<PreparedVideo>& video = *videos_.at(NameOf(content.videos[i])).outcome;
      if (!video) {
        side.warnings.push_back(AtPart(video.error(), "video", i));
        continue;
      }
      const Grid& grid = video->patches->grid;
      const auto step_tokens = static_cast<int>(Grid{1, grid.h, grid.w}.tokens(merge));
      side.prompt.videos.push_back({video->timestamps, step_tokens});
      side.videos.push_back(video->patches);
      side.video_tokens += grid.tokens(merge);
      side.video_frames += video->frames;
    }
    for (std::size_t i = 0; i < content.images.size(); ++i) {
      const Result<PreparedImage>& image = *images_.at(NameOf(content.images[i])).outcome;
      if (!image) {
        side.warnings.push_back(AtPart(image.error(), "image", i));
        continue;
      }
      const auto tokens = static_cast<int>(image->patches->grid.tokens(merge));
      side.prompt.image_tokens.push_back(tokens);
      side.images.push_back(image->patches);
      side.image_quality.push_back(image->quality);
      side.image_tokens += tokens;
    }
    side.nothing_left = !empty && side.images.empty() && side.videos.empty() && side.prompt.texts.empty();
    return side;
  }

  const StageClock& clock() const { return clock_; }
  // Distinct media whose features were known.
  std::int64_t cached() const {
    const auto is_cached = [](const auto& entry) {
      return *entry.second.outcome && (*entry.second.outcome)->cached;
    };
    return std::count_if(images_.begin(), images_.end(), is_cached) +
           std::count_if(videos_.begin(), videos_.end(), is_cached);
  }

 private:
  template <class Prepared>
  struct Slot {
    const MediaRef* media;
    std::optional<Result<Prepared>> outcome;
  };

  void Collect(const Content& content) {
    for (const MediaRef& image : content.images)
      images_.try_emplace(NameOf(image), Slot<PreparedImage>{&image, {}});
    for (const MediaRef& video : content.videos)
      videos_.try_emplace(NameOf(video), Slot<PreparedVideo>{&video, {}});
  }
  asio::awaitable<void> LoadImage(Slot<PreparedImage>& slot) {
    slot.outcome = co_await media_.Image(*slot.media, request_.preparation, model_.image_target(),
                                         request_.deadline, clock_);
    OfferAhead(slot);
  }
  asio::awaitable<void> LoadVideo(Slot<PreparedVideo>& slot) {
    slot.outcome = co_await media_.Video(*slot.media, request_.preparation, model_.video_target(),
                                         request_.deadline, clock_);
    OfferAhead(slot);
  }
  // The last one that is ready is as quick in its batch.
  template <class Prepared>
  void OfferAhead(const Slot<Prepared>& slot) {
    if (++ready_ < images_.size() + videos_.size() && *slot.outcome) ahead_.Offer((*slot.outcome)->patches);
  }

  MediaPreparer& media_;
  const LoadedModel& model_;
  const RerankRequest& request_;
  std::map<std::string, Slot<PreparedImage>> images_;
  std::map<std::string, Slot<PreparedVideo>> videos_;
  std::size_t ready_ = 0;  // media, whatever became of them
  StageClock clock_;
  Scheduler::Ahead ahead_;  // what it had encoded counts as this request's until that is answered
};

asio::awaitable<Result<void>> Engine::Score(LoadedModel& model, const RerankRequest& request,
                                            RequestInputs& inputs, const StageClock& clock,
                                            SteadyClock::time_point started, RerankResponse* response) {
  const Result<ScheduledLogits> scored = co_await model.scheduler().Score(inputs.Take(), request.deadline);
  if (!scored) co_return scored.error();
  inputs.Collect(scored->logits, &response->documents);
  response->timing.queue = Milliseconds(scored->queued);
  response->timing.model = Milliseconds(scored->model);
  response->timing.fetch = Milliseconds(std::chrono::nanoseconds(clock.fetch_ns.load()));
  response->timing.decode = Milliseconds(std::chrono::nanoseconds(clock.decode_ns.load()));
  response->timing.total = Milliseconds(SteadyClock::now() - started);
  co_return Result<void>();
}

asio::awaitable<Result<RerankResponse>> Engine::RerankPrepared(std::shared_ptr<LoadedModel> model,
                                                               RerankRequest request,
                                                               std::vector<PreparedSide> documents) {
  const auto started = SteadyClock::now();
  request.documents.clear();
  Preparation preparation(media_, *model, request);
  co_await preparation.Run();
  const PreparedSide query = preparation.Side(request.query, std::move(request.query.texts));
  if (const auto whole = CheckQuery(query); !whole) co_return whole.error();
  RerankResponse response;
  response.documents.resize(documents.size());
  RequestInputs inputs(*model, request, query);
  auto build = [&]() -> Result<void> {
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const Result<void> added = inputs.Add(i, documents[i], &response);
      if (!added) response.documents[i].error = added.error();
    }
    return {};
  };
  const Result<void> built = co_await RunOn(pool_, std::move(build));
  if (!built) co_return built.error();
  const Result<void> scored =
      co_await Score(*model, request, inputs, preparation.clock(), started, &response);
  if (!scored) co_return scored.error();
  co_return response;
}

asio::awaitable<Result<WarmOutcome>> Engine::Warm(std::shared_ptr<LoadedModel> model, MediaRef media,
                                                  MediaKind kind, PreparationOptions preparation,
                                                  SteadyClock::time_point deadline) {
  StageClock clock;
  std::shared_ptr<const VisionPatches> patches;
  if (kind == MediaKind::kImage) {
    const Result<PreparedImage> image =
        co_await media_.Image(media, preparation, model->image_target(), deadline, clock);
    if (!image) co_return image.error();
    patches = image->patches;
  } else {
    const Result<PreparedVideo> video =
        co_await media_.Video(media, preparation, model->video_target(), deadline, clock);
    if (!video) co_return video.error();
    patches = video->patches;
  }
  if (patches->encoded) co_return WarmOutcome::kKnown;
  const Result<void> encoded = co_await model->scheduler().Encode(std::move(patches), deadline);
  if (!encoded) co_return encoded.error();
  co_return WarmOutcome::kEncoded;
}

asio::awaitable<Result<RerankResponse>> Engine::Rerank(std::shared_ptr<LoadedModel> model,
                                                       RerankRequest request) {
  const auto started = SteadyClock::now();
  const Result<Scheduler::Admission> admission = model->scheduler().Admit(request.deadline);
  if (!admission) co_return admission.error();
  Preparation preparation(media_, *model, request);
  co_await preparation.Run();
  if (SteadyClock::now() >= request.deadline) {
    co_return Error{"deadline_exceeded", "the deadline passed while media were read"};
  }

  const PreparedSide query = preparation.Side(request.query, std::move(request.query.texts));
  if (const auto whole = CheckQuery(query); !whole) co_return whole.error();

  RerankResponse response;
  response.documents.resize(request.documents.size());
  response.usage.cached_images = preparation.cached();
  RequestInputs inputs(*model, request, query);
  auto build = [&](const std::stop_token& stop) -> Result<void> {
    for (std::size_t i = 0; i < request.documents.size(); ++i) {
      if (stop.stop_requested()) return Error{"cancelled", "the client has gone"};
      Content& content = request.documents[i];
      PreparedSide side = preparation.Side(content, std::move(content.texts));
      DocumentResult& document = response.documents[i];
      document.warnings = std::move(side.warnings);
      if (side.nothing_left) {
        document.error = Error{"document_unreadable", "none of its parts could be read"};
      } else {
        const Result<void> added = inputs.Add(i, side, &response);
        if (!added) document.error = added.error();
      }
      if (const auto whole = CheckDocument(request, i, document); !whole) return whole.error();
    }
    return {};
  };
  const std::optional<std::size_t> bytes = PromptBytes(request);
  const auto expected = bytes ? prompt_pace_.TimeFor(*bytes) : std::nullopt;
  std::chrono::nanoseconds took{};
  auto timed = [&](const std::stop_token& stop) {
    const auto begun = SteadyClock::now();
    Result<void> result = build(stop);
    took = SteadyClock::now() - begun;
    return result;
  };
  Result<void> built;
  if (expected && *expected <= kInPlaceTime) {
    built = timed(std::stop_token());
  } else {
    built = co_await RunOn(pool_, std::move(timed));
  }
  if (!built) co_return built.error();
  if (bytes) prompt_pace_.Record(*bytes, took);

  const Result<void> scored =
      co_await Score(*model, request, inputs, preparation.clock(), started, &response);
  if (!scored) co_return scored.error();
  for (std::size_t i = 0; i < response.documents.size(); ++i) {
    if (const auto whole = CheckDocument(request, i, response.documents[i]); !whole) co_return whole.error();
  }
  co_return response;
}

}  // namespace vlr
