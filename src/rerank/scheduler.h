// From prompts to logits: a bounded queue in front of the replicas of a model, each with the one thread that
// may use it. Which of it goes next, and what is refused, is work_queue.h's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/error.h"
#include "model/reranker_model.h"
#include "rerank/work_queue.h"

namespace vlr {

// What a replica keeps of media between its calls.
struct FeatureRoom {
  std::int64_t bytes_a_patch = 0;
  std::int64_t bytes = 0;  // of all media together; 0: nothing is kept
};

// One replica of a model, which the scheduler drives; called from one thread only.
class Scorer {
 public:
  using Media = std::span<const std::shared_ptr<const VisionPatches>>;
  virtual ~Scorer() = default;
  // May end early with any error once `stop` is asked for: nobody reads the outcome then.
  virtual Result<std::vector<float>> Logits(std::span<const ModelInput> batch,
                                            const std::stop_token& stop) = 0;
  // Leaves the media's features where a later batch finds them.
  virtual Result<void> Encode(Media media) = 0;
  virtual FeatureRoom feature_room() const { return {}; }
};

struct ScheduledLogits {
  std::vector<float> logits;
  std::chrono::nanoseconds queued;  // from submission to the first batch
  std::chrono::nanoseconds model;   // from the first batch to the last
};

// Thread safe. The destructor fails what still waits with "draining" and joins the threads.
class Scheduler {
  struct State;

 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // A request's place, from before its media are read to its last score.
  class Admission {
   public:
    Admission(Admission&&) = default;
    Admission& operator=(Admission&&) = delete;
    ~Admission();

   private:
    friend class Scheduler;
    explicit Admission(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;  // null after a move
  };

  // The media of a request that is still being read: while nothing waits to be scored, those that are ready
  // go through the vision tower, a few at a time, so that the device does not wait for the last of them. Of
  // several replicas none does so: each keeps features of its own.
  class Ahead {
   public:
    explicit Ahead(const Scheduler& scheduler) : state_(scheduler.state_) {}
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;
    ~Ahead();
    // Does nothing with a medium whose features are known, would not be kept until the request's turn, or
    // would take long.
    void Offer(std::shared_ptr<const VisionPatches> medium);
    // Takes back what has not begun.
    void Stop();

   private:
    const std::shared_ptr<State> state_;
    std::vector<std::shared_ptr<const VisionPatches>> offered_;
    std::int64_t bytes_ = 0;  // of their features
  };

  // REQUIRES at least one replica. All must give the same logits.
  Scheduler(std::vector<std::unique_ptr<Scorer>> replicas, SchedulerOptions options);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Errors: "overloaded" with Error::retry_after, "draining".
  Result<Admission> Admit(Deadline deadline);

  // One logit for each input. REQUIRES a caller whose executor runs one handler at a time (a strand, or an
  // io_context with one thread). Cancelling the caller takes the job out of the queue, and stops the batch
  // that runs when nobody else has an item in it. Errors: "overloaded", "deadline_exceeded", "draining", and
  // the model's own.
  boost::asio::awaitable<Result<ScheduledLogits>> Score(std::vector<ModelInput> inputs, Deadline deadline);

  // The first replica encodes a medium once nothing waits to be scored. Errors: "overloaded" when too many
  // wait for that, "deadline_exceeded", "draining", and the model's own. REQUIRES as Score.
  boost::asio::awaitable<Result<void>> Encode(std::shared_ptr<const VisionPatches> medium, Deadline deadline);

  SchedulerStats stats() const;
  const SchedulerOptions& options() const { return options_; }
  std::size_t replicas() const { return replicas_.size(); }

 private:
  class Leaving;
  struct Errand;

  void Run(std::size_t replica);
  void LetOthersSubmit(std::unique_lock<std::mutex>& lock) const;
  void RunBatch(std::unique_lock<std::mutex>& lock, Scorer& scorer);
  void RunAhead(std::unique_lock<std::mutex>& lock, Scorer& scorer);
  void RunErrand(std::unique_lock<std::mutex>& lock, Scorer& scorer);
  // With the lock given up meanwhile.
  Result<void> EncodeNow(std::unique_lock<std::mutex>& lock, Scorer& scorer, Scorer::Media media);

  const std::vector<std::unique_ptr<Scorer>> replicas_;
  const SchedulerOptions options_;
  std::shared_ptr<State> state_;  // shared with those who wait, who may be taken down later
  std::vector<std::thread> threads_;
};

}  // namespace vlr
