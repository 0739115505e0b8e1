#include "pixels/bands.h"

#include <sched.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace vlr {
namespace {

// Not std::thread::hardware_concurrency(), which may open files: a decoder's sandbox forbids that.
int UsableCores() {
  cpu_set_t cores;
  return ::sched_getaffinity(0, sizeof(cores), &cores) == 0 ? std::max(1, CPU_COUNT(&cores)) : 1;
}

}  // namespace

int BandsFor(int rows, std::int64_t work) {
  const auto worth = static_cast<int>(std::min<std::int64_t>(work / kMinBandWork, kMaxBands));
  if (worth <= 1 || rows <= 1) return 1;
  static const int cores = UsableCores();
  return std::min({worth, cores, rows});
}

void RunBands(int rows, int bands, const std::function<void(int band, int begin, int end)>& work) {
  const auto run = [&](int band) {
    work(band, BandBegin(rows, bands, band), BandBegin(rows, bands, band + 1));
  };
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(bands));
  int started = 1;
  try {
    for (; started < bands; ++started) threads.emplace_back(run, started);
  } catch (const std::system_error&) {
    for (int band = started; band < bands; ++band) run(band);
  }
  run(0);
}

}  // namespace vlr
