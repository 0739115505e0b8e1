// Whether a model still answers.
#pragma once

#include <chrono>

#include "rerank/work_queue.h"

namespace vlr {

// True while the last answer, or a later proof that the caller has, is not older than `window`. What the
// model works on may take longer than that: it is given twice the time that it takes at the measured rate.
bool Answers(const SchedulerStats& stats, std::chrono::steady_clock::time_point proof,
             std::chrono::nanoseconds window, std::chrono::steady_clock::time_point now);

}  // namespace vlr
