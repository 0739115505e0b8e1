// The shape of a Qwen3-VL checkpoint, as its config.json says; nothing of it is assumed elsewhere.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vlr {

struct TextConfig {
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_layers = 0;
  std::int64_t num_heads = 0;
  std::int64_t num_kv_heads = 0;
  std::int64_t head_dim = 0;
  double rms_norm_eps = 0;
  double rope_theta = 0;
  // Frequencies of the temporal, row and column axis in a head; they sum to head_dim / 2.
  std::array<std::int64_t, 3> mrope_section{};
  bool attention_bias = false;
  bool tie_word_embeddings = false;

  friend bool operator==(const TextConfig&, const TextConfig&) = default;
};

struct VisionConfig {
  std::int64_t depth = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_heads = 0;
  std::int64_t in_channels = 0;
  std::int64_t patch_size = 0;
  std::int64_t temporal_patch_size = 0;
  std::int64_t spatial_merge_size = 0;
  std::int64_t out_hidden_size = 0;
  std::int64_t num_position_embeddings = 0;  // a square: the learnt table has that many rows
  std::vector<std::int64_t> deepstack_visual_indexes;

  std::int64_t head_dim() const { return hidden_size / num_heads; }
  // Values of one patch: channels x frames x rows x columns.
  std::int64_t patch_values() const { return in_channels * temporal_patch_size * patch_size * patch_size; }
  // Patches that one token of the text decoder stands for.
  std::int64_t merge_unit() const { return spatial_merge_size * spatial_merge_size; }

  friend bool operator==(const VisionConfig&, const VisionConfig&) = default;
};

struct ModelConfig {
  TextConfig text;
  VisionConfig vision;
  std::int32_t image_token_id = 0;
  std::int32_t video_token_id = 0;
  std::int32_t vision_start_token_id = 0;
  std::int32_t vision_end_token_id = 0;

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

// Reads directory/config.json; takes the rope settings of transformers 4.57 (rope_theta, rope_scaling) and of
// 5.x (rope_parameters). Errors: "file_missing", "invalid_json", "model_invalid" (another architecture, a key
// that is missing, of the wrong type, or does not fit another), part "config.json: <key>".
Result<ModelConfig> LoadConfig(const std::string& directory);

// The same from the file's text.
Result<ModelConfig> ParseConfig(std::string_view json);

}  // namespace vlr
