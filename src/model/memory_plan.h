// How much of a device's memory a forward pass takes, known before it runs.
#pragma once

#include <cstdint>

#include "model/config.h"

namespace vlr {

// Bytes at most, in bfloat16, beside the weights and what is cached. Measured on an H200:
// bench/gpu/NOTES.md.
std::int64_t DecoderForwardBytes(const TextConfig& config, std::int64_t tokens, std::int64_t max_mlp_rows);
std::int64_t TowerForwardBytes(const VisionConfig& config, std::int64_t patches);

// Numbers of features that a patch leaves, of all taps.
std::int64_t FeatureValuesAPatch(const VisionConfig& config);

// Of the largest matrix of a layer, in bfloat16: a forward takes that much more where weights are unpacked.
std::int64_t UnpackedBytes(const ModelConfig& config);

// What is left for the decoder's layers of `memory_bytes`, when `weight_bytes` of other weights and
// `cache_bytes` of features are there and forwards hold that many tokens and patches; at least 1.
std::int64_t LayerBytes(const ModelConfig& config, std::int64_t memory_bytes, std::int64_t weight_bytes,
                        std::int64_t cache_bytes, std::int64_t tokens, std::int64_t patches);

}  // namespace vlr
