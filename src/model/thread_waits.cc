#include "model/thread_waits.h"

#include <unistd.h>

#include <cstdlib>

namespace vlr {

void SleepWhileWaiting(char** argv) {
  constexpr char kPolicy[] = "OMP_WAIT_POLICY";
  if (std::getenv(kPolicy) != nullptr) return;
  if (setenv(kPolicy, "passive", 0) == 0) execv("/proc/self/exe", argv);
}

}  // namespace vlr
