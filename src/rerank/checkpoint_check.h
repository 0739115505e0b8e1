// Is this directory the checkpoint that it claims to be? Each file on its own and against the others, without
// loading the model.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace vlr {

struct CheckpointCheck {
  std::string name;  // "checksums", "config", "tokenizer", "processor", "tensors", "values", "template"
  bool passed = false;
  std::string detail;  // what was found; for a failure the file and the key or tensor
};

struct CheckpointCheckOptions {
  bool values = false;          // read every weight: none may be NaN or infinite
  std::string template_sha256;  // the chat template must have it; empty: it is reported only
};

// In the order above; what rests on a file that failed is left out. "values" only where asked for.
std::vector<CheckpointCheck> CheckCheckpoint(const std::string& directory,
                                             const CheckpointCheckOptions& options);

}  // namespace vlr
