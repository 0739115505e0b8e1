#include "sidecar/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

namespace vlr::eval {
namespace {

// A number below `limit`; the standard's distributions differ between libraries.
std::size_t Below(std::size_t limit, std::mt19937_64* random) {
  constexpr int kBits = 64;
  return static_cast<std::size_t>((static_cast<unsigned __int128>((*random)()) * limit) >> kBits);
}

// `sorted` is not empty, 0 ≤ share ≤ 1.
double Quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

}  // namespace

Interval Bootstrap(std::span<const double> values, const BootstrapOptions& options) {
  if (values.empty()) return {};
  const double count = static_cast<double>(values.size());
  std::mt19937_64 random(options.seed);
  std::vector<double> means(static_cast<std::size_t>(std::max(1, options.samples)));
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[Below(values.size(), &random)];
    mean = sum / count;
  }
  std::sort(means.begin(), means.end());
  const double tail = (1.0 - options.confidence) / 2.0;
  return {std::accumulate(values.begin(), values.end(), 0.0) / count, Quantile(means, tail),
          Quantile(means, 1.0 - tail)};
}

Interval BootstrapDifference(std::span<const double> a, std::span<const double> b,
                             const BootstrapOptions& options) {
  if (a.size() != b.size()) throw std::logic_error("runs over different queries");
  std::vector<double> differences(a.size());
  std::transform(a.begin(), a.end(), b.begin(), differences.begin(), std::minus<>());
  return Bootstrap(differences, options);
}

}  // namespace vlr::eval
