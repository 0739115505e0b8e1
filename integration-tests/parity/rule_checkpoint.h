// A checkpoint whose weights follow from tensor names and a seed, by the rule of make_reference.py: what was
// recorded with it needs no weights in the repository.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace vlr::parity {

struct CheckpointRule {
  std::uint64_t seed = 0;
  int shards = 1;
  std::string storage = "bfloat16";  // or "float32", "mixed": the vision blocks in float32, the rest not
};

// Writes model.safetensors, or shards and their index, for the config.json that lies in `directory`.
// Errors: those of LoadConfig; "file_unreadable" when a file cannot be written.
Result<void> WriteRuleWeights(const std::string& directory, const CheckpointRule& rule);

}  // namespace vlr::parity
