// What the program did with a recorded request against what the reference did, or what is documented where
// the reference raises.
#pragma once

#include <string>

#include "base/json.h"
#include "replay_session.h"

namespace vlr::parity {

// Largest difference of two logits in float32; a wrong GELU shows at 1e-4.
inline constexpr double kMaxLogitDifference = 3e-5;

struct Verdict {
  std::string difference;       // empty: none
  double logit_difference = 0;  // the largest
};

// `answer` is a record's. {"error", "part", "cause": [codes]} of a request whose query cannot be read;
// otherwise "documents", each with "warnings": [[part, code…]…] and either "error" or what the model saw.
Verdict Compare(const json::Value& answer, const Replayed& replayed);

}  // namespace vlr::parity
