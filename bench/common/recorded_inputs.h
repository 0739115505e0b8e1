// Inputs of the model from a safetensors file, as make_reference.py --inputs and the benches' compare.py
// write them: <case>.<n>.ids I32 [tokens] and <case>.<n>.{image,video}.<k> U8 [patches, values], bytes before
// they are normalised, with .grid I32 [3]; yes_no I32 [2], the ids of "yes" and "no".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "model/reranker_model.h"

namespace vlr::bench {

struct RecordedInputs {
  std::array<std::int32_t, 2> yes_no;
  std::map<std::string, ModelInput> inputs;  // by name
};

// Errors are thrown as ErrorException or std::out_of_range: a bench has nobody to hand them to.
RecordedInputs ReadInputs(const std::string& path);

}  // namespace vlr::bench
