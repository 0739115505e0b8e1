// How long prompts take to write, measured: what is quick is done at once, without another thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace vlr {

// Not thread safe.
class PromptPace {
 public:
  // So many bytes of text became prompts in that time.
  void Record(std::size_t bytes, std::chrono::nanoseconds time);
  // What so many bytes are expected to take; nothing before the first record.
  std::optional<std::chrono::nanoseconds> TimeFor(std::size_t bytes) const;

 private:
  double nanoseconds_a_byte_ = 0;  // slower at once, quicker only slowly
};

}  // namespace vlr
