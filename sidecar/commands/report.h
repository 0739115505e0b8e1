// How commands complain.
#pragma once

#include "base/error.h"

namespace vlr::commands {

// "vl-rerank: code: message" on standard error; returns kExitBadInput.
int Complain(const Error& error);

}  // namespace vlr::commands
