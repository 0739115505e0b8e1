// One rerank request and its answer, as values that know nothing of HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"
#include "rerank/content.h"

namespace vlr {

// How inputs are prepared. The defaults are the reference script's.
struct PreparationOptions {
  ImageRequest image;       // of pictures; native resize is exactly the model's own preprocessing
  double fps = 1.0;         // of video files, frames a second
  int max_frames = 64;      // of video files, each
  int max_frame_list = 64;  // of videos given as frames, each
  double total_pixels = 10.0 * 768 * 32 * 32;  // of a video given as frames
  int max_length = 10240;                      // tokens kept before the five of the suffix
};

enum class OnDocumentError { kWarn, kFail };

struct RerankRequest {
  std::string model;  // empty: whatever is loaded
  Content query;
  std::vector<Content> documents;
  std::string instruction;  // empty: the model's default
  PreparationOptions preparation;
  OnDocumentError on_document_error = OnDocumentError::kWarn;
  bool explain = false;  // fills DocumentResult::explanation: up to seven more prompts a document
  std::chrono::steady_clock::time_point deadline;
};

struct Usage {
  std::int64_t total_tokens = 0;  // read by the model, over all documents
  std::int64_t image_tokens = 0;
  std::int64_t video_tokens = 0;
  std::int64_t video_frames = 0;
  std::int64_t cached_images = 0;

  Usage& operator+=(const Usage& other) {
    total_tokens += other.total_tokens;
    image_tokens += other.image_tokens;
    video_tokens += other.video_tokens;
    video_frames += other.video_frames;
    cached_images += other.cached_images;
    return *this;
  }
};

// An image or a video as the model reads it.
struct MediaFacts {
  Size size;       // after preprocessing
  int frames = 1;  // read of a video
  std::int64_t tokens = 0;
  std::optional<double> quality;  // 0…1, of an image
};

// Why a document has its score. Keys: "text", "image", "video", for the kinds of parts that it has and that
// could be read.
struct Explanation {
  std::map<std::string, double> parts;         // the score of the document with that kind of part alone
  std::map<std::string, double> contribution;  // Shapley values: their sum is the score minus the empty
                                               // document's
  std::int64_t truncated_tokens = 0;
  std::vector<MediaFacts> images;  // those that could be read, in the document's order
  std::vector<MediaFacts> videos;
};

struct DocumentResult {
  float score = 0.0F;  // 0…1; 0 when error is set
  float logit = 0.0F;
  std::vector<Error> warnings;  // parts that were left out; part is "image[0]", "video[1].frames[3]"
  std::optional<Error> error;   // nothing could be scored
  std::optional<Explanation> explanation;
};

// Milliseconds of each stage. Stages of different documents overlap, so they may sum to more than total.
struct Timing {
  double queue = 0, fetch = 0, decode = 0, model = 0, total = 0;
};

struct RerankResponse {
  std::vector<DocumentResult> documents;  // one for each document of the request, in its order
  Usage usage;
  Timing timing;
};

}  // namespace vlr
