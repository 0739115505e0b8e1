#include "sidecar/commands/report.h"

#include <iostream>

#include "sidecar/commands/commands.h"

namespace vlr::commands {

int Complain(const Error& error) {
  std::cerr << "vl-rerank: " << error.code << ": " << error.message << "\n";
  return kExitBadInput;
}

}  // namespace vlr::commands
