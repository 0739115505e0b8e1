#include "rerank/scheduler.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <optional>
#include <utility>

namespace vlr {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

std::int64_t TokenCost(const ModelInput& input) {
  // The vision tower works on patches of a quarter of a token's area each, with far narrower layers.
  constexpr std::int64_t kPatchesPerToken = 4;
  std::int64_t patches = 0;
  for (const auto& image : input.images) patches += image->grid.patches();
  for (const auto& video : input.videos) patches += video->grid.patches();
  return static_cast<std::int64_t>(input.ids.size()) + patches / kPatchesPerToken;
}

struct Scheduler::Job {
  std::vector<ModelInput> inputs;
  std::vector<std::int64_t> costs;
  Deadline deadline;
  SteadyClock::time_point submitted = SteadyClock::now();

  // Guarded by the scheduler's mutex.
  std::size_t next = 0;     // first input that no batch holds yet
  std::size_t pending = 0;  // inputs without an outcome
  bool abandoned = false;
  std::optional<SteadyClock::time_point> first_batch;
  std::optional<Error> failure;
  std::vector<float> logits;
  SteadyClock::time_point finished;
  std::function<void()> notify;  // called once, from the scheduler's thread

  std::int64_t WaitingCost() const {
    std::int64_t cost = 0;
    for (std::size_t i = next; i < costs.size(); ++i) cost += costs[i];
    return cost;
  }
  void Finish() {
    finished = SteadyClock::now();
    if (notify) std::exchange(notify, nullptr)();
  }
};

Scheduler::Scheduler(std::unique_ptr<Scorer> scorer, SchedulerOptions options)
    : scorer_(std::move(scorer)), options_(options), thread_([this] { Run(); }) {}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

SchedulerStats Scheduler::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

Result<std::shared_ptr<Scheduler::Job>> Scheduler::Submit(std::vector<ModelInput> inputs, Deadline deadline) {
  auto job = std::make_shared<Job>();
  std::int64_t cost = 0;
  for (const ModelInput& input : inputs) cost += job->costs.emplace_back(TokenCost(input));
  job->logits.resize(inputs.size());
  job->pending = inputs.size();
  job->inputs = std::move(inputs);
  job->deadline = deadline;
  const std::lock_guard lock(mutex_);
  if (stopping_) return Error{"draining", "the server is shutting down"};
  // A request that is larger than the whole queue may still enter an empty one: it was bounded when it was
  // parsed.
  const bool full = stats_.queued_requests > 0 && stats_.queued_tokens + cost > options_.max_queued_tokens;
  if (full || stats_.queued_requests >= options_.max_queued_requests) {
    ++stats_.refused;
    return Error{"overloaded", "the queue is full"};
  }
  jobs_.push_back(job);
  ++stats_.queued_requests;
  stats_.queued_tokens += cost;
  return job;
}

asio::awaitable<Result<ScheduledLogits>> Scheduler::Score(std::vector<ModelInput> inputs, Deadline deadline) {
  if (inputs.empty()) co_return ScheduledLogits{};
  const auto executor = co_await asio::this_coro::executor;
  const Result<std::shared_ptr<Job>> submitted = Submit(std::move(inputs), deadline);
  if (!submitted) co_return submitted.error();
  const std::shared_ptr<Job>& job = *submitted;

  auto timer = std::make_shared<asio::steady_timer>(executor, deadline);
  bool running = true;
  {
    const std::lock_guard lock(mutex_);
    // Moving the expiry into the past also wakes a wait that starts only afterwards.
    job->notify = [executor, timer] {
      asio::post(executor, [timer] { timer->expires_at(SteadyClock::time_point::min()); });
    };
    running = job->pending > 0;
  }
  wake_.notify_one();
  boost::system::error_code ignored;
  if (running) co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));

  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  const std::lock_guard lock(mutex_);
  if (job->pending > 0) {
    job->abandoned = true;
    job->notify = nullptr;
    if (cancelled != asio::cancellation_type::none) co_return Error{"cancelled", "the client has gone"};
    co_return Error{"deadline_exceeded", "the deadline passed before the model was done"};
  }
  if (job->failure) co_return *job->failure;
  const auto first = job->first_batch.value_or(job->finished);
  co_return ScheduledLogits{std::move(job->logits), first - job->submitted, job->finished - first};
}

void Scheduler::Drop(std::list<std::shared_ptr<Job>>::iterator job) {
  stats_.queued_tokens -= (*job)->WaitingCost();
  --stats_.queued_requests;
  jobs_.erase(job);
}

std::vector<Scheduler::Item> Scheduler::CutBatch() {
  const auto now = SteadyClock::now();
  for (auto it = jobs_.begin(); it != jobs_.end();) {
    const auto current = it++;
    const std::shared_ptr<Job> job = *current;
    const bool expired = job->deadline <= now;
    if (!job->abandoned && !expired && !job->failure) continue;
    if (!job->failure) {
      ++(job->abandoned ? stats_.abandoned : stats_.expired);
      job->failure = Error{"deadline_exceeded", "the deadline passed while the request was queued"};
    }
    Drop(current);
    job->pending -= job->inputs.size() - job->next;
    job->next = job->inputs.size();
    if (job->pending == 0) job->Finish();
  }

  std::vector<std::list<std::shared_ptr<Job>>::iterator> order;
  for (auto it = jobs_.begin(); it != jobs_.end(); ++it) order.push_back(it);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return (*a)->deadline < (*b)->deadline; });

  std::vector<Item> batch;
  std::int64_t tokens = 0;
  for (const auto it : order) {
    const std::shared_ptr<Job> job = *it;
    while (job->next < job->inputs.size()) {
      const std::int64_t cost = job->costs[job->next];
      if (!batch.empty() && tokens + cost > options_.batch_tokens) break;
      if (!job->first_batch) job->first_batch = now;
      batch.push_back({job, job->next++});
      tokens += cost;
      stats_.queued_tokens -= cost;
    }
    if (job->next == job->inputs.size()) Drop(it);
    if (tokens >= options_.batch_tokens) break;
  }
  stats_.items += batch.size();
  stats_.tokens += static_cast<std::uint64_t>(tokens);
  if (!batch.empty()) ++stats_.batches;
  return batch;
}

void Scheduler::Execute(const std::vector<Item>& batch) {
  std::vector<ModelInput> inputs;
  inputs.reserve(batch.size());
  for (const Item& item : batch) inputs.push_back(std::move(item.job->inputs[item.index]));
  std::optional<Result<std::vector<float>>> outcome;
  try {
    outcome = scorer_->Logits(inputs);
  } catch (const std::exception& failure) {
    outcome = Error{"internal", std::string("the model failed: ") + failure.what()};
  }
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Job& job = *batch[i].job;
    if (*outcome) {
      job.logits[batch[i].index] = (**outcome)[i];
    } else if (!job.failure) {
      job.failure = outcome->error();
    }
    if (--job.pending == 0) job.Finish();
  }
}

void Scheduler::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) break;
    const std::vector<Item> batch = CutBatch();
    if (batch.empty()) continue;
    lock.unlock();
    Execute(batch);
    lock.lock();
  }
  for (const auto& job : jobs_) {
    job->failure = Error{"draining", "the server is shutting down"};
    job->pending -= job->inputs.size() - job->next;
    job->next = job->inputs.size();
    if (job->pending == 0) job->Finish();
  }
  jobs_.clear();
}

}  // namespace vlr
