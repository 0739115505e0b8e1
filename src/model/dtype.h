// The types of number that a model may be held and computed in.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace vlr {

// kFloat8: the layers' weights as eight-bit floats with a scale an output, multiplied by rows of activations
// with a scale each; everything else in bfloat16, the score head in float32. On a GPU without such units the
// weights are unpacked for bfloat16 products; the CPU emulates the products, slowly and with the same
// rounding.
// kInt8: the layers' weights as eight-bit integers with a scale an output, unpacked for bfloat16 products on
// any device: as little memory, nearly bfloat16's error, and bfloat16's speed less the unpacking.
enum class DType { kFloat32, kBFloat16, kFloat8, kInt8 };

// "float32", "bfloat16", "fp8", "int8". Errors: "invalid_option".
Result<DType> ParseDType(const std::string& name);
std::string NameOf(DType dtype);

// All of them, and the same for messages: "float32, bfloat16, fp8 or int8".
std::vector<std::string> DTypeNames();
std::string DTypeChoices();

}  // namespace vlr
