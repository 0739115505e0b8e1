// What waits for the model, and which of it goes next. Nothing here waits, locks or reads a clock: the
// scheduler drives it with real time, tests with their own.
//
// Policy. A batch has a budget of tokens; while several jobs wait it is no more than one replica of the model
// does in batch_time at its measured rate, so that the next one is never far. One half of it goes by
// deadline: the job whose deadline comes first, then the oldest. The other half goes by size: the job with
// the least work left, then the oldest. A job gives its items in their order. When a job that waits would
// miss its deadline so, an eighth is left to go by size. So a job at the head of the deadlines gets at least
// half of the model however many short ones come, and a short one waits at most for eight times the work of
// still shorter ones however many long ones are there. A job that fits a batch is not cut in two, whose
// items share a start that each part would compute, unless a batch would be less than half full without. An
// item over the budget runs alone. What a half takes beyond its share, it gives back in the batches after.
//
// A job is refused when the queue is full, or when at the measured rate the batch that holds its last item
// would not be done by its deadline; and that batch is not filled up beyond the deadline. One whose deadline
// has passed or whose caller has gone is never cut. Inputs that are equal to one that waits or runs already
// share its outcome.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <memory_resource>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "rerank/drain_meter.h"
#include "rerank/score_job.h"

namespace vlr {

struct SchedulerOptions {
  std::int64_t batch_tokens = 16'384;          // one batch, language model and vision tokens together
  std::chrono::milliseconds batch_time{250};   // of a batch while several requests wait; 0: any time
  std::int64_t max_queued_tokens = 1'048'576;  // waiting; more is refused
  std::size_t max_queued_requests = 1'024;     // from admission to the last score, media being read included
};

// Upper ends of the classes that batches are counted in, by their tokens; one more class is above the last.
inline constexpr std::array<std::int64_t, 10> kBatchTokenBounds = {64,   256,  512,   1024,  2048,
                                                                   4096, 8192, 16384, 32768, 65536};

struct SchedulerStats {
  std::size_t admitted_requests = 0;  // now, whatever stage they are in
  std::size_t queued_requests = 0;    // now, with items that no batch holds
  std::int64_t queued_tokens = 0;
  double tokens_per_second = 0;                         // of all replicas, measured while they are at work
  std::chrono::steady_clock::time_point last_answer{};  // of the model, to whatever
  std::chrono::nanoseconds under_way{0};  // the largest batch of now takes that long at the measured rate
  std::uint64_t batches = 0;
  std::array<std::uint64_t, kBatchTokenBounds.size() + 1> batches_by_tokens{};
  std::uint64_t items = 0;
  std::uint64_t tokens = 0;
  std::uint64_t shared = 0;     // items that took the outcome of an equal one under way
  std::uint64_t refused = 0;    // requests
  std::uint64_t expired = 0;    // deadline passed before the model saw all of it
  std::uint64_t abandoned = 0;  // caller gone before the model saw all of it
};

// Not thread safe.
class WorkQueue {
 public:
  using Time = ScoreJob::Time;

  // `replicas` of the model work at a time, each on a batch.
  explicit WorkQueue(const SchedulerOptions& options, std::size_t replicas = 1)
      : options_(options), replicas_(replicas) {}
  // What is under way is forgotten; nobody is told.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Counts a request in before its inputs are known. Errors: "overloaded" with Error::retry_after.
  Result<void> Admit(Time deadline, Time now);
  void Leave() { --stats_.admitted_requests; }

  // Errors: "overloaded" with Error::retry_after. REQUIRES inputs.
  Result<std::shared_ptr<ScoreJob>> Submit(std::vector<ModelInput> inputs, Time deadline, Time now);
  // Ends a job that is not done with `reason`: its caller has gone or its deadline has passed.
  void Abandon(const std::shared_ptr<ScoreJob>& job, Error reason);
  // Ends every job.
  void Close(const Error& reason);

  // The next batch; null when nothing waits. REQUIRES that fewer than `replicas` are not finished.
  std::shared_ptr<Batch> Cut(Time now);
  // Hands out what a batch gave.
  void Finish(const std::shared_ptr<Batch>& batch, const Result<std::vector<float>>& logits, Time now);

  bool idle() const { return jobs_.empty(); }
  // How long so many tokens take one replica at the measured rate; 0 when it is not known.
  std::chrono::nanoseconds TimeFor(std::int64_t tokens) const {
    return meter_.TimeFor(static_cast<double>(tokens));
  }
  // The tokens of a batch while so many jobs wait.
  std::int64_t BudgetFor(std::size_t jobs) const;
  SchedulerStats stats() const;

 private:
  enum class Reason { kExpired, kAbandoned, kClosed };
  // A batch that is being put together.
  struct Draft {
    std::shared_ptr<Batch> batch;
    std::int64_t full = 0;    // tokens that it may have
    std::int64_t budget = 0;  // the same, or less for a job of little time that is in it
  };

  void End(const std::shared_ptr<ScoreJob>& job, Error failure, Reason reason);
  void Expire(Time now);
  void TakeFrom(ScoreJob& job, Time now, std::int64_t* credit, Draft* draft);
  void BoundByDeadline(const ScoreJob& job, Time now, Draft* draft) const;
  void Complete(ScoreJob& job, Time now);
  void Forget(const Work& work);
  void Stop(Batch& batch);
  // How long so many tokens take all replicas.
  std::chrono::nanoseconds TimeForAll(double tokens) const;
  // What is left of the batches that run takes all replicas that long.
  std::chrono::nanoseconds TimeLeft(Time now) const;
  std::shared_ptr<Work> FindEqual(const ModelInput& input, std::size_t hash) const;
  // How long a job of that size and deadline would take, by what its half of a batch is sure to give.
  std::chrono::nanoseconds Finishes(std::int64_t cost, Time deadline, Time now) const;
  // The tokens of a batch that go by deadline. `order` is by deadline.
  std::int64_t ShareByDeadline(std::int64_t budget, const std::vector<std::shared_ptr<ScoreJob>>& order,
                               Time now) const;
  Error Overloaded(const std::string& message, std::chrono::nanoseconds retry_after);

  const SchedulerOptions options_;
  const std::size_t replicas_;
  std::list<std::shared_ptr<ScoreJob>> jobs_;    // with items that no batch holds, in order of submission
  std::pmr::unsynchronized_pool_resource pool_;  // of the map's nodes, which come and go by the dozen
  std::pmr::unordered_multimap<std::size_t, std::shared_ptr<Work>> under_way_{&pool_};
  std::int64_t credit_ = 0;     // of what goes by deadline
  DrainMeter meter_;            // of one replica
  double mean_cost_ = 0;        // of a job
  std::size_t unfinished_ = 0;  // jobs
  std::list<std::shared_ptr<Batch>> running_;
  SchedulerStats stats_;
};

}  // namespace vlr
