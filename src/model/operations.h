// What a forward's arithmetic comes to.
#pragma once

#include <cstdint>
#include <span>

#include "model/config.h"
#include "model/reranker_model.h"

namespace vlr {

// Floating-point operations (a multiplication with its addition is two) of products and attention, with what
// inputs share computed once and the last layer for the last rows alone.
struct Operations {
  double decoder = 0;
  double tower = 0;  // of every medium once
};

// REQUIRES inputs that the model takes.
Operations OperationsOf(const ModelConfig& config, std::span<const ModelInput> inputs);

}  // namespace vlr
