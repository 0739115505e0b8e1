#include "sidecar/runtime/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace vlr {
namespace {

constexpr double kMicro = 1e-6;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicro;
}

std::uint64_t EntriesOf(const char* directory) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  if (error) return 0;
  return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  // proc(5): the second number is the resident set, in pages.
  std::ifstream memory("/proc/self/statm");
  std::uint64_t pages = 0;
  if (memory >> pages >> pages)
    stats.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  stats.threads = EntriesOf("/proc/self/task");
  stats.open_fds = EntriesOf("/proc/self/fd");
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    stats.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  return stats;
}

}  // namespace vlr
