// How far a mean over queries can be trusted.
#pragma once

#include <cstdint>
#include <span>

namespace vlr::eval {

struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

struct BootstrapOptions {
  int samples = 2000;
  std::uint64_t seed = 1;
  double confidence = 0.95;
};

// The mean and its percentile bootstrap interval: means of `samples` draws of as many values with
// replacement, their quantiles by linear interpolation (Efron and Tibshirani, An Introduction to the
// Bootstrap, 1993, chapter 13). The same values, options and order give the same interval everywhere. Zeros
// for no values.
Interval Bootstrap(std::span<const double> values, const BootstrapOptions& options);

// The same of the differences a[i] - b[i], query by query: what two runs share cancels out. REQUIRES equal
// sizes.
Interval BootstrapDifference(std::span<const double> a, std::span<const double> b,
                             const BootstrapOptions& options);

}  // namespace vlr::eval
