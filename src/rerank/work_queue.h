// What waits for the model, and which of it goes next. Nothing here waits, locks or reads a clock: the
// scheduler drives it with real time, tests with their own.
//
// Policy. A batch has a budget of tokens; while several jobs wait it is no more than the model does in
// batch_time at its measured rate, so that the next one is never far. One half of it goes by deadline: the
// job whose deadline comes first, then the oldest. The other half goes by size: the job with the least work
// left, then the oldest. A job gives its items in their order. When a job that waits would miss its deadline
// so, an eighth is left to go by size. So a job at the head of the deadlines gets at least half of the model
// however many short ones come, and a short one waits at most for eight times the work of still shorter ones
// however many long ones are there. An item over the budget runs alone; what it takes beyond the share of its
// half, that half gives back in the batches after.
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
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "model/reranker_model.h"
#include "rerank/drain_meter.h"

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
  double tokens_per_second = 0;                         // measured while the model is at work
  std::chrono::steady_clock::time_point last_answer{};  // of the model, to whatever
  std::chrono::nanoseconds under_way{0};  // what it works on now takes that long at the measured rate
  std::uint64_t batches = 0;
  std::array<std::uint64_t, kBatchTokenBounds.size() + 1> batches_by_tokens{};
  std::uint64_t items = 0;
  std::uint64_t tokens = 0;
  std::uint64_t shared = 0;     // items that took the outcome of an equal one under way
  std::uint64_t refused = 0;    // requests
  std::uint64_t expired = 0;    // deadline passed before the model saw all of it
  std::uint64_t abandoned = 0;  // caller gone before the model saw all of it
};

struct ScoreJob;

// One input of the model, wanted by one or more places of jobs.
struct Work {
  struct Want {
    std::shared_ptr<ScoreJob> job;
    std::size_t index;
  };
  ModelInput input;
  std::size_t hash = 0;
  std::int64_t cost = 0;
  bool running = false;
  std::vector<Want> wants;
};

// One caller's inputs. Belongs to the queue until `pending` is 0.
struct ScoreJob {
  using Time = std::chrono::steady_clock::time_point;

  std::vector<std::shared_ptr<Work>> works;  // one an input; emptied when the job is done
  Time deadline;
  Time submitted;
  std::size_t pending = 0;        // inputs without an outcome
  std::int64_t waiting_cost = 0;  // of inputs that no batch holds
  std::size_t waiting = 0;        // their number
  std::size_t next = 0;           // no input before it waits
  std::optional<Time> first_batch;
  Time finished;
  std::vector<float> logits;
  std::optional<Error> failure;
  std::function<void()> notify;  // called once when pending reaches 0
};

// Not thread safe.
class WorkQueue {
 public:
  using Time = ScoreJob::Time;
  using Batch = std::vector<std::shared_ptr<Work>>;

  explicit WorkQueue(const SchedulerOptions& options) : options_(options) {}
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

  // The next batch; empty when nothing waits. REQUIRES that the one before has been finished.
  Batch Cut(Time now);
  // Hands out what a batch gave.
  void Finish(const Batch& batch, const Result<std::vector<float>>& logits, Time now);
  // Asked to stop when nobody wants anything of the running batch any more.
  std::stop_token running_stop() const { return running_stop_.get_token(); }

  bool idle() const { return jobs_.empty(); }
  // How long so many tokens take at the measured rate; 0 when it is not known.
  std::chrono::nanoseconds TimeFor(std::int64_t tokens) const {
    return meter_.TimeFor(static_cast<double>(tokens));
  }
  SchedulerStats stats() const;

 private:
  enum class Reason { kExpired, kAbandoned, kClosed };
  // A batch that is being put together.
  struct Draft {
    Batch batch;
    std::int64_t tokens = 0;
    std::int64_t budget = 0;
  };

  void End(const std::shared_ptr<ScoreJob>& job, Error failure, Reason reason);
  void Expire(Time now);
  void TakeFrom(ScoreJob& job, Time now, std::int64_t* credit, Draft* draft);
  void BoundByDeadline(const ScoreJob& job, Time now, Draft* draft) const;
  void Complete(ScoreJob& job, Time now);
  void Forget(const Work& work);
  void StopRunning();
  std::shared_ptr<Work> FindEqual(const ModelInput& input, std::size_t hash) const;
  // How long a job of that size and deadline would take, by what its half of a batch is sure to give.
  std::chrono::nanoseconds Finishes(std::int64_t cost, Time deadline, Time now) const;
  // The tokens of a batch while so many jobs wait.
  std::int64_t BudgetFor(std::size_t jobs) const;
  // The tokens of a batch that go by deadline. `order` is by deadline.
  std::int64_t ShareByDeadline(std::int64_t budget, const std::vector<std::shared_ptr<ScoreJob>>& order,
                               Time now) const;
  Error Overloaded(const std::string& message, std::chrono::nanoseconds retry_after);

  const SchedulerOptions options_;
  std::list<std::shared_ptr<ScoreJob>> jobs_;  // with items that no batch holds, in order of submission
  std::unordered_multimap<std::size_t, std::shared_ptr<Work>> under_way_;
  std::int64_t credit_ = 0;  // of what goes by deadline
  DrainMeter meter_;
  double mean_cost_ = 0;        // of a job
  std::size_t unfinished_ = 0;  // jobs
  Batch running_;
  std::int64_t running_tokens_ = 0;
  std::size_t running_wants_ = 0;
  Time running_since_;
  bool running_left_work_ = false;
  std::stop_source running_stop_;
  SchedulerStats stats_;
};

// What an input costs: its ids and its patches, in tokens.
std::int64_t TokenCost(const ModelInput& input);
std::int64_t TokenCost(const VisionPatches& medium);

}  // namespace vlr
