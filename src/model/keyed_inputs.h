// Inputs whose media a cache takes for others than before, for benchmarks and tests.
#pragma once

#include <string>
#include <vector>

#include "model/reranker_model.h"

namespace vlr {

// The same inputs with copies of their media, each known by a key of its own: equal prefixes, equal keys.
std::vector<ModelInput> WithKeys(std::vector<ModelInput> inputs, const std::string& prefix);

}  // namespace vlr
