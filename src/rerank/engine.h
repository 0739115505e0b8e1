// One request from content to scores: fetch, decode, prompt, schedule, collect.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "base/error.h"
#include "rerank/loaded_model.h"
#include "rerank/media_preparer.h"
#include "rerank/prepared_side.h"
#include "rerank/prompt_pace.h"
#include "rerank/request.h"
#include "rerank/request_inputs.h"

namespace vlr {

enum class WarmOutcome { kKnown, kEncoded };

// Its coroutines REQUIRE the executor of the MediaPreparer.
class Engine {
 public:
  // Both must outlive the engine.
  Engine(MediaPreparer& media, boost::asio::thread_pool& pool) : media_(media), pool_(pool) {}

  // A part of a document that cannot be read is left out with a warning; a document with nothing left, or too
  // long by its media alone, carries an error and the score 0; the others are scored. The request itself
  // fails with "document_error" (a part of the query, or of any document under OnDocumentError::kFail;
  // Error::part names it), "overloaded", "deadline_exceeded", "draining", or the model's own error.
  boost::asio::awaitable<Result<RerankResponse>> Rerank(std::shared_ptr<LoadedModel> model,
                                                        RerankRequest request);

  // The same for documents whose media were read elsewhere; request.documents is not looked at.
  boost::asio::awaitable<Result<RerankResponse>> RerankPrepared(std::shared_ptr<LoadedModel> model,
                                                                RerankRequest request,
                                                                std::vector<PreparedSide> documents);
  // Puts a medium's features into the vision cache, when no request needs the model. Errors: those of
  // MediaPreparer and Scheduler::Encode.
  boost::asio::awaitable<Result<WarmOutcome>> Warm(std::shared_ptr<LoadedModel> model, MediaRef media,
                                                   MediaKind kind, PreparationOptions preparation,
                                                   std::chrono::steady_clock::time_point deadline);

 private:
  class Preparation;

  boost::asio::awaitable<Result<void>> Score(LoadedModel& model, const RerankRequest& request,
                                             RequestInputs& inputs, const StageClock& clock,
                                             std::chrono::steady_clock::time_point started,
                                             RerankResponse* response);

  MediaPreparer& media_;
  boost::asio::thread_pool& pool_;
  PromptPace prompt_pace_;
};

}  // namespace vlr
