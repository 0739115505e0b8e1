#include "model/thread_waits.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace vlr {

void SpinBrieflyWhileWaiting(char** argv) {
  constexpr char kSpinCount[] = "GOMP_SPINCOUNT";
  constexpr char kTurns[] = "10000";
  if (std::getenv(kSpinCount) != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  std::error_code failed;
  // Not the link itself: the process would be named after it.
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed && setenv(kSpinCount, kTurns, 0) == 0) execv(program.c_str(), argv);
}

}  // namespace vlr
