#include "rerank/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "rerank/wakeable_wait.h"

namespace vlr {

namespace {
constexpr const char* kThreadName = "vlr-scheduler";  // in ps and top
}  // namespace

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

// Media that wait for Encode, each with its pixels in memory.
constexpr std::size_t kMaxErrands = 64;
// Encoded ahead at a time, where batch_time allows it: four pictures of 1024×768. What is to be scored waits
// for no more than that.
constexpr std::int64_t kAheadTokens = 3072;
// Of the room for features, what requests that are being read may count on; the rest is for what was known
// before.
constexpr std::int64_t kAheadShare = 2;

Error Draining() {
  return {"draining", "the server is shutting down"};
}

}  // namespace

// A medium to encode when there is nothing better to do.
struct Scheduler::Errand {
  std::shared_ptr<const VisionPatches> medium;
  std::optional<Result<void>> outcome;
  std::function<void()> notify;

  void Finish(Result<void> result) {
    if (outcome) return;
    outcome = std::move(result);
    if (notify) std::exchange(notify, nullptr)();
  }
};

struct Scheduler::State {
  State(const SchedulerOptions& options, std::size_t replicas, FeatureRoom room_for_features)
      : queue(options, replicas), room(room_for_features) {}

  std::mutex mutex;
  std::condition_variable wake;
  WorkQueue queue;
  std::deque<std::shared_ptr<const VisionPatches>> ahead;  // to be encoded
  const FeatureRoom room;
  std::int64_t ahead_bytes = 0;  // of features that requests count on
  std::deque<std::shared_ptr<Errand>> errands;
  std::int64_t errand_tokens = 0;  // of the one under way
  SteadyClock::time_point errand_answered{};
  bool stopping = false;
};

// Takes a job out of the queue when its caller leaves before it is done, by whatever way.
class Scheduler::Leaving {
 public:
  Leaving(std::shared_ptr<State> state, std::shared_ptr<ScoreJob> job)
      : state_(std::move(state)), job_(std::move(job)) {}
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  ~Leaving() {
    const std::lock_guard lock(state_->mutex);
    job_->notify = nullptr;
    state_->queue.Abandon(job_, {"cancelled", "the client has gone"});
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<ScoreJob> job_;
};

Scheduler::Admission::~Admission() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  state_->queue.Leave();
}

void Scheduler::Ahead::Offer(std::shared_ptr<const VisionPatches> medium) {
  if (medium->encoded || medium->key.empty() || TokenCost(*medium) > kAheadTokens) return;
  {
    const std::lock_guard lock(state_->mutex);
    const std::int64_t bytes = medium->grid.patches() * state_->room.bytes_a_patch;
    const std::int64_t most = state_->room.bytes / kAheadShare;
    if (state_->stopping || most == 0 || state_->ahead_bytes + bytes > most) return;
    state_->ahead_bytes += bytes;
    bytes_ += bytes;
    state_->ahead.push_back(medium);
    offered_.push_back(std::move(medium));
  }
  state_->wake.notify_all();
}

void Scheduler::Ahead::Stop() {
  if (offered_.empty()) return;
  const std::lock_guard lock(state_->mutex);
  for (const auto& medium : offered_) {
    // Another request may have offered the same medium: one of two is as good as the other.
    const auto place = std::find(state_->ahead.begin(), state_->ahead.end(), medium);
    if (place != state_->ahead.end()) state_->ahead.erase(place);
  }
  offered_.clear();
}

Scheduler::Ahead::~Ahead() {
  Stop();
  if (bytes_ == 0) return;
  const std::lock_guard lock(state_->mutex);
  state_->ahead_bytes -= bytes_;
}

Scheduler::Scheduler(std::vector<std::unique_ptr<Scorer>> replicas, SchedulerOptions options)
    : replicas_(std::move(replicas)),
      options_(options),
      state_(std::make_shared<State>(
          options, replicas_.size(),
          replicas_.size() == 1 ? replicas_.front()->feature_room() : FeatureRoom{})) {
  for (std::size_t i = 0; i < replicas_.size(); ++i) threads_.emplace_back([this, i] { Run(i); });
}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

SchedulerStats Scheduler::stats() const {
  const std::lock_guard lock(state_->mutex);
  SchedulerStats stats = state_->queue.stats();
  stats.under_way += state_->queue.TimeFor(state_->errand_tokens);
  stats.last_answer = std::max(stats.last_answer, state_->errand_answered);
  return stats;
}

Result<Scheduler::Admission> Scheduler::Admit(Deadline deadline) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping) return Draining();
  if (const auto admitted = state_->queue.Admit(deadline, SteadyClock::now()); !admitted)
    return admitted.error();
  return Admission(state_);
}

asio::awaitable<Result<ScheduledLogits>> Scheduler::Score(std::vector<ModelInput> inputs, Deadline deadline) {
  if (inputs.empty()) co_return ScheduledLogits{};
  const auto executor = co_await asio::this_coro::executor;
  const std::shared_ptr<State> state = state_;
  std::shared_ptr<ScoreJob> job;
  WakeableWait wait(executor, deadline);
  {
    const std::lock_guard lock(state->mutex);
    if (state->stopping) co_return Draining();
    const auto submitted = state->queue.Submit(std::move(inputs), deadline, SteadyClock::now());
    if (!submitted) co_return submitted.error();
    job = *submitted;
    job->notify = wait.waker();
  }
  const Leaving leaving(state, job);
  state->wake.notify_all();
  co_await wait.Wait();

  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  const std::lock_guard lock(state->mutex);
  if (cancelled == asio::cancellation_type::none && job->pending > 0) {
    state->queue.Abandon(job, {"deadline_exceeded", "the deadline passed before the model was done"});
  }
  if (job->pending > 0) co_return Error{"cancelled", "the client has gone"};
  if (job->failure) co_return *job->failure;
  const auto first = job->first_batch.value_or(job->submitted);
  co_return ScheduledLogits{std::move(job->logits), first - job->submitted, job->finished - first};
}

asio::awaitable<Result<void>> Scheduler::Encode(std::shared_ptr<const VisionPatches> medium,
                                                Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const std::shared_ptr<State> state = state_;
  WakeableWait wait(executor, deadline);
  const auto errand = std::make_shared<Errand>();
  errand->medium = std::move(medium);
  errand->notify = wait.waker();
  {
    const std::lock_guard lock(state->mutex);
    if (state->stopping) co_return Draining();
    if (state->errands.size() >= kMaxErrands)
      co_return Error{"overloaded", "too many media wait to be encoded"};
    state->errands.push_back(errand);
  }
  // Its place is given up on every way out.
  const std::shared_ptr<void> leaving(nullptr, [state, errand](void*) {
    const std::lock_guard lock(state->mutex);
    errand->notify = nullptr;
    std::erase(state->errands, errand);
  });
  state->wake.notify_all();
  co_await wait.Wait();
  const std::lock_guard lock(state->mutex);
  if (errand->outcome) co_return *errand->outcome;
  co_return Error{"deadline_exceeded", "the deadline passed before the medium was encoded"};
}

void Scheduler::RunBatch(std::unique_lock<std::mutex>& lock, Scorer& scorer) {
  const std::shared_ptr<Batch> batch = state_->queue.Cut(SteadyClock::now());
  if (!batch) return;
  lock.unlock();
  std::optional<Result<std::vector<float>>> outcome;
  try {
    outcome = scorer.Logits(batch->inputs, batch->stop.get_token());
  } catch (const std::exception& failure) {
    outcome = Error{"internal", std::string("the model failed: ") + failure.what()};
  }
  lock.lock();
  state_->queue.Finish(batch, *outcome, SteadyClock::now());
}

Result<void> Scheduler::EncodeNow(std::unique_lock<std::mutex>& lock, Scorer& scorer, Scorer::Media media) {
  state_->errand_tokens = 0;
  for (const auto& medium : media) state_->errand_tokens += TokenCost(*medium);
  lock.unlock();
  Result<void> outcome;
  try {
    outcome = scorer.Encode(media);
  } catch (const std::exception& failure) {
    outcome = Error{"internal", std::string("the model failed: ") + failure.what()};
  }
  lock.lock();
  state_->errand_tokens = 0;
  if (outcome) state_->errand_answered = SteadyClock::now();
  return outcome;
}

// What fails here fails again with its request, which says so.
void Scheduler::RunAhead(std::unique_lock<std::mutex>& lock, Scorer& scorer) {
  std::vector<std::shared_ptr<const VisionPatches>> media;
  // As if another request waited: one may come at any time.
  const std::int64_t budget = std::min(kAheadTokens, state_->queue.BudgetFor(2));
  std::int64_t tokens = 0;
  while (!state_->ahead.empty()) {
    tokens += TokenCost(*state_->ahead.front());
    if (!media.empty() && tokens > budget) break;
    media.push_back(std::move(state_->ahead.front()));
    state_->ahead.pop_front();
  }
  EncodeNow(lock, scorer, media);
}

void Scheduler::RunErrand(std::unique_lock<std::mutex>& lock, Scorer& scorer) {
  const std::shared_ptr<Errand> errand = state_->errands.front();
  state_->errands.pop_front();
  errand->Finish(EncodeNow(lock, scorer, {&errand->medium, 1}));
}

// Where threads share a core, to wake this one for each request costs more than to schedule it: the others of
// the core go first, and what they submit meanwhile finds it awake.
void Scheduler::LetOthersSubmit(std::unique_lock<std::mutex>& lock) const {
  if (!state_->queue.idle()) return;
  lock.unlock();
  std::this_thread::yield();
  lock.lock();
}

void Scheduler::Run(std::size_t replica) {
  ::pthread_setname_np(::pthread_self(), kThreadName);
  Scorer& scorer = *replicas_[replica];
  std::unique_lock lock(state_->mutex);
  const auto has_errand = [this, replica] {
    return replica == 0 && (!state_->ahead.empty() || !state_->errands.empty());
  };
  while (true) {
    LetOthersSubmit(lock);
    state_->wake.wait(lock, [&] { return state_->stopping || !state_->queue.idle() || has_errand(); });
    if (state_->stopping) break;
    if (!state_->queue.idle()) {
      RunBatch(lock, scorer);
    } else if (!state_->ahead.empty()) {
      RunAhead(lock, scorer);
    } else {
      RunErrand(lock, scorer);
    }
  }
  state_->queue.Close(Draining());
  state_->ahead.clear();
  for (const auto& errand : std::exchange(state_->errands, {})) errand->Finish(Draining());
}

}  // namespace vlr
