// What neighbouring prompts have in common: a request's instruction and query stand before each of its
// documents.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/config.h"
#include "model/reranker_model.h"

namespace vlr {

// Inputs [first, first + count) begin with the same `length` ids and media, hence with the same positions and
// the same rows in every layer; 0 where nothing is shared. Every input has at least one row of its own.
struct PrefixGroup {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t length = 0;
  friend bool operator==(const PrefixGroup&, const PrefixGroup&) = default;
};

// A shorter prefix is not worth its own sequence.
inline constexpr std::size_t kMinSharedPrefix = 16;

// All inputs in order, in groups. An input joins the group before it unless that would shorten the group's
// prefix by more than a quarter: then it begins the next. A medium is shared when it is the same object, and
// wholly or not at all. REQUIRES inputs that CheckInput took.
std::vector<PrefixGroup> GroupByPrefix(const ModelConfig& config, std::span<const ModelInput> inputs);

}  // namespace vlr
