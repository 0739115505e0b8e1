// The tensors that a checkpoint of a given shape has: the released key names and layouts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace vlr {

struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;

  std::int64_t elements() const;
};

// In the order in which the model reads them; without lm_head where it is tied to the embedding.
std::vector<TensorSpec> CheckpointLayout(const ModelConfig& config);

}  // namespace vlr
