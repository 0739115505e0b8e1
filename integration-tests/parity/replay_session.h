// One checkpoint with the whole path from a native request to logits, seen from outside: what the model was
// given is kept beside what was answered.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "media/inline_decoder.h"
#include "rerank/engine.h"
#include "rerank/loaded_model.h"
#include "sidecar/settings/settings.h"

namespace vlr::parity {

// What the model saw of one document. Digests are the first 16 digits of SHA-256 over int32 or float32.
struct SeenInput {
  std::size_t tokens = 0;
  std::string ids;
  std::string positions;  // [3, tokens]
  std::vector<Grid> image_grids, video_grids;
  std::string image_patches, video_patches;  // empty without any
  float logit = 0;
};

struct Replayed {
  Result<RerankResponse> response;
  std::vector<SeenInput> inputs;  // of the documents without an error; equal ones once
};

class ReplaySession {
 public:
  // Errors: those of LoadedModel::Load.
  static Result<std::unique_ptr<ReplaySession>> Open(const std::string& model_directory,
                                                     std::string media_directory);
  ~ReplaySession();

  // `settings`: members of the program's `model` section. Errors are part of the answer; a request that does
  // not parse throws ErrorException.
  Replayed Run(const json::Value& settings, const json::Value& body);

 private:
  class Recorder;
  explicit ReplaySession(std::string media_directory) : media_directory_(std::move(media_directory)) {}

  std::string media_directory_;
  boost::asio::io_context io_{1};
  boost::asio::thread_pool pool_{2};
  InlineDecoder decoder_{DecodeLimits{}};
  Recorder* recorder_ = nullptr;  // owned by the model's scheduler
  std::shared_ptr<LoadedModel> model_;
};

}  // namespace vlr::parity
