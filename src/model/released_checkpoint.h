// For tests and benchmarks: checkpoints of the released layouts, at full size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vlr::testing {

struct Release {
  const char* name;
  const char* shape;  // ReleasedShape's name for it
  std::int64_t parameters;
  bool tied;
  std::int64_t hidden, intermediate, layers, heads, key_heads;
  std::int64_t depth, vision_hidden, vision_intermediate;
  std::vector<std::int64_t> taps;
};

Release Released2B();
Release Released8B();

// Writes config.json, one file of tensors or shards and their index, bfloat16, all values a hole of the file,
// which takes no disk. -> parameters
std::int64_t WriteCheckpoint(const Release& release, const std::string& directory);

}  // namespace vlr::testing
