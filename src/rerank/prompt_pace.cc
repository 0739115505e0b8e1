#include "rerank/prompt_pace.h"

#include <algorithm>

namespace vlr {
namespace {

// Of a record that is quicker than what is known.
constexpr double kWeight = 0.1;

}  // namespace

void PromptPace::Record(std::size_t bytes, std::chrono::nanoseconds time) {
  if (bytes == 0) return;
  const double measured = static_cast<double>(time.count()) / static_cast<double>(bytes);
  const double known = nanoseconds_a_byte_;
  nanoseconds_a_byte_ = known == 0 ? measured : std::max(measured, known + kWeight * (measured - known));
}

std::optional<std::chrono::nanoseconds> PromptPace::TimeFor(std::size_t bytes) const {
  if (nanoseconds_a_byte_ == 0) return std::nullopt;
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(nanoseconds_a_byte_ * static_cast<double>(bytes)));
}

}  // namespace vlr
