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

// Checks one medium: patches that fill its grid, or features that do. Errors: "invalid_input".
Result<void> CheckMedium(const ModelConfig& config, const VisionPatches& medium);

// Rows of all inputs, in sequences: an input that shares its beginning with neighbours is a sequence of its
// own rows, after the one sequence of what they share, whose keys and values it sees.
struct PackedBatch {
  std::vector<std::int64_t> ids;        // [T]
  std::vector<std::int64_t> positions;  // [3, T]
  std::vector<std::int64_t>
      query_offsets;  // [S + 1]: sequence i has rows [query_offsets[i], query_offsets[i + 1])
  // [K]: the rows whose keys a sequence sees, one sequence after the other; empty when each sees its own rows
  // and no others.
  std::vector<std::int64_t> key_rows;
  std::vector<std::int64_t> key_offsets;  // [S + 1], into key_rows
  std::vector<std::int64_t> last_rows;    // [inputs]
  // Rows that hold pads, and the media that fill them, in the same order: sequence by sequence, images before
  // videos.
  std::vector<std::int64_t> visual_rows;
  std::vector<const VisionPatches*> media;
};

// REQUIRES inputs that CheckInput took, and its positions.
PackedBatch Pack(const ModelConfig& config, std::span<const ModelInput> inputs,
                 std::span<const std::vector<std::int32_t>> positions);

}  // namespace vlr
