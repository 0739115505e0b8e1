// Several prompts as one sequence of rows without padding: the decoder's input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "model/config.h"
#include "model/reranker_model.h"

namespace vlr {

// Checks an input against the model: ids inside the vocabulary, patches that fill their grids, pads that
// match them. Gives the positions [3, n]. Errors: "invalid_input".
Result<std::vector<std::int32_t>> CheckInput(const ModelConfig& config, const ModelInput& input);

struct PackedBatch {
  std::vector<std::int64_t> ids;        // [T]
  std::vector<std::int64_t> positions;  // [3, T]
  std::vector<std::int64_t> offsets;    // [inputs + 1]: input i has rows [offsets[i], offsets[i + 1])
  // Rows that hold pads, and the media that fill them, in the same order: input by input, images before
  // videos.
  std::vector<std::int64_t> visual_rows;
  std::vector<const VisionPatches*> media;
};

// REQUIRES inputs that CheckInput took, and its positions.
PackedBatch Pack(const ModelConfig& config, std::span<const ModelInput> inputs,
                 std::span<const std::vector<std::int32_t>> positions);

}  // namespace vlr
