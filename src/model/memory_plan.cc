#include "model/memory_plan.h"

#include <algorithm>

namespace vlr {
namespace {

constexpr std::int64_t kWord = 2;  // bytes of a value
// The driver's context, libraries and their work spaces, and what allocations lose to their sizes.
constexpr std::int64_t kContextBytes = std::int64_t{1} << 30;

}  // namespace

std::int64_t DecoderForwardBytes(const TextConfig& config, std::int64_t tokens, std::int64_t max_mlp_rows) {
  const std::int64_t query = config.num_heads * config.head_dim;
  const std::int64_t key = config.num_kv_heads * config.head_dim;
  // Rows, what is added to them, what a layer reads; queries, keys and values, these once more as the
  // sequences see them (what they share stands with each), and what attention gives.
  const std::int64_t row = 3 * config.hidden_size + 2 * query + 2 * key + 4 * key;
  // Gate, up, their product; and what comes of the rows.
  const std::int64_t mlp_row = 3 * config.intermediate_size + config.hidden_size;
  return kWord * (tokens * row + std::min(tokens, max_mlp_rows) * mlp_row);
}

std::int64_t TowerForwardBytes(const VisionConfig& config, std::int64_t patches) {
  // Rows, positions, what is added, what a block reads; queries, keys, values and what attention gives; or
  // the inner rows twice. Angles are float32.
  const std::int64_t row = 4 * config.hidden_size +
                           std::max(4 * config.hidden_size, 2 * config.intermediate_size) +
                           config.patch_values() + 4 * config.head_dim();
  // Features for the decoder, of all taps, from merged patches.
  const std::int64_t layers = 1 + static_cast<std::int64_t>(config.deepstack_visual_indexes.size());
  const std::int64_t merged = layers * config.out_hidden_size + 2 * config.hidden_size * config.merge_unit();
  return kWord * (patches * row + patches / config.merge_unit() * merged);
}

std::int64_t FeatureValuesAPatch(const VisionConfig& config) {
  return (1 + std::ssize(config.deepstack_visual_indexes)) * config.out_hidden_size / config.merge_unit();
}

std::int64_t UnpackedBytes(const ModelConfig& config) {
  const std::int64_t gate_up = 2 * config.text.intermediate_size * config.text.hidden_size;
  const std::int64_t inner = std::max(config.vision.intermediate_size, 3 * config.vision.hidden_size);
  return kWord * std::max(gate_up, inner * config.vision.hidden_size);
}

std::int64_t LayerBytes(const ModelConfig& config, std::int64_t memory_bytes, std::int64_t weight_bytes,
                        std::int64_t cache_bytes, std::int64_t tokens, std::int64_t patches) {
  const std::int64_t forward =
      std::max(DecoderForwardBytes(config.text, tokens, tokens), TowerForwardBytes(config.vision, patches));
  return std::max<std::int64_t>(1, memory_bytes - kContextBytes - weight_bytes - cache_bytes - forward);
}

}  // namespace vlr
