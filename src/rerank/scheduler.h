// From prompts to logits: a bounded queue in front of the one thread that owns the model.
//
// Policy. A batch is cut whenever the model is free: the job with the earliest deadline first, then the
// oldest, items of a job in their order, until the token budget is full; an item over the budget runs alone.
// A job whose deadline passed, or whose caller has gone, never reaches the model.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/error.h"
#include "model/reranker_model.h"

namespace vlr {

// What the scheduler drives; called from its thread only.
class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual Result<std::vector<float>> Logits(std::span<const ModelInput> batch) = 0;
};

struct SchedulerOptions {
  std::int64_t batch_tokens = 16'384;          // one forward, language model and vision tokens together
  std::int64_t max_queued_tokens = 1'048'576;  // waiting; more is refused
  std::size_t max_queued_requests = 1'024;
};

struct SchedulerStats {
  std::size_t queued_requests = 0;
  std::int64_t queued_tokens = 0;
  std::uint64_t batches = 0;
  std::uint64_t items = 0;
  std::uint64_t tokens = 0;
  std::uint64_t refused = 0;
  std::uint64_t expired = 0;    // deadline passed before the model saw all of it
  std::uint64_t abandoned = 0;  // caller gone before the model saw all of it
};

struct ScheduledLogits {
  std::vector<float> logits;
  std::chrono::nanoseconds queued;  // from submission to the first batch
  std::chrono::nanoseconds model;   // from the first batch to the last
};

// Thread safe. The destructor fails what still waits with "draining" and joins the thread.
class Scheduler {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  Scheduler(std::unique_ptr<Scorer> scorer, SchedulerOptions options);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // One logit for each input. REQUIRES a caller whose executor runs one handler at a time (a strand, or an
  // io_context with one thread). Cancelling the caller abandons the job. Errors: "overloaded" (queue full),
  // "deadline_exceeded", "draining", and the model's own.
  boost::asio::awaitable<Result<ScheduledLogits>> Score(std::vector<ModelInput> inputs, Deadline deadline);

  SchedulerStats stats() const;
  const SchedulerOptions& options() const { return options_; }

 private:
  struct Job;
  struct Item {
    std::shared_ptr<Job> job;
    std::size_t index;
  };

  Result<std::shared_ptr<Job>> Submit(std::vector<ModelInput> inputs, Deadline deadline);
  void Run();
  std::vector<Item> CutBatch();                              // REQUIRES mutex_ held
  void Drop(std::list<std::shared_ptr<Job>>::iterator job);  // REQUIRES mutex_ held
  void Execute(const std::vector<Item>& batch);

  std::unique_ptr<Scorer> scorer_;
  const SchedulerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<std::shared_ptr<Job>> jobs_;  // with items that no batch holds yet, in order of submission
  SchedulerStats stats_;
  bool stopping_ = false;
  std::thread thread_;
};

// What an input costs: its ids and its patches, in tokens.
std::int64_t TokenCost(const ModelInput& input);

}  // namespace vlr
