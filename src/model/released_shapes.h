// The shapes of the released checkpoints.
#pragma once

#include <string>

#include "base/error.h"
#include "model/config.h"

namespace vlr {

// "2b" or "8b": what ParseConfig makes of that checkpoint's config.json. Errors: "invalid_option".
Result<ModelConfig> ReleasedShape(const std::string& name);

}  // namespace vlr
