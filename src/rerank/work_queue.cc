#include "rerank/work_queue.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace vlr {
namespace {

constexpr std::chrono::seconds kMinRetryAfter{1};
constexpr std::chrono::seconds kMaxRetryAfter{600};
// A job weighs this much in the mean of what jobs cost.
constexpr double kMeanWeight = 0.1;
// Of a batch: what goes by size when deadlines press.
constexpr double kLeastShare = 1.0 / 8;
// Deadlines press when that many batches more would make a job late.
constexpr double kSpareBatches = 2;
// What a job takes is reckoned that much longer than the measured rate says: no two batches are alike.
constexpr double kCaution = 1.05;

const ModelInput& InputOf(const Work& work) {
  return work.batch == nullptr ? work.input : work.batch->inputs[work.place];
}

}  // namespace

SchedulerStats WorkQueue::stats() const {
  SchedulerStats stats = stats_;
  stats.queued_requests = jobs_.size();
  stats.tokens_per_second = meter_.tokens_per_second() * static_cast<double>(replicas_);
  for (const auto& batch : running_) stats.under_way = std::max(stats.under_way, TimeFor(batch->tokens));
  return stats;
}

std::chrono::nanoseconds WorkQueue::TimeForAll(double tokens) const {
  return meter_.TimeFor(tokens / static_cast<double>(replicas_));
}

std::chrono::nanoseconds WorkQueue::TimeLeft(Time now) const {
  std::chrono::nanoseconds left{0};
  for (const auto& batch : running_) {
    left += std::max(TimeFor(batch->tokens) - (now - batch->since), std::chrono::nanoseconds(0));
  }
  return left / replicas_;
}

Error WorkQueue::Overloaded(const std::string& message, std::chrono::nanoseconds retry_after) {
  ++stats_.refused;
  Error error{"overloaded", message};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after);
  error.retry_after = std::clamp(seconds, kMinRetryAfter, kMaxRetryAfter);
  return error;
}

std::chrono::nanoseconds WorkQueue::Finishes(std::int64_t cost, Time deadline, Time now) const {
  const auto own = static_cast<double>(cost);
  double all = own;
  double by_deadline = own;
  double by_size = own;
  for (const auto& job : jobs_) {
    const auto left = static_cast<double>(job->waiting_cost);
    all += left;
    if (job->deadline <= deadline) by_deadline += left;
    if (job->waiting_cost <= cost) by_size += left;
  }
  const auto budget = static_cast<double>(BudgetFor(jobs_.size() + 1));
  const double before_it_ends = std::min(by_deadline / (1 - kLeastShare), by_size / kLeastShare);
  // It ends with the batch of its last item, which others fill up when all do not fit one.
  const double rounds = std::ceil(std::ceil(before_it_ends / budget) / static_cast<double>(replicas_));
  return meter_.TimeFor(kCaution * (all <= budget ? all : rounds * budget)) + TimeLeft(now);
}

WorkQueue::~WorkQueue() {
  // Jobs hold their work and work its jobs.
  for (const auto& [hash, work] : under_way_) work->wants.clear();
}

Result<void> WorkQueue::Admit(Time deadline, Time now) {
  if (stats_.admitted_requests >= options_.max_queued_requests) {
    return Overloaded("the queue is full", TimeForAll(mean_cost_));
  }
  if (!jobs_.empty()) {
    // Its size is not known yet; that of the usual job stands for it and for those still being read.
    const auto preparing =
        static_cast<double>(stats_.admitted_requests - std::min(stats_.admitted_requests, unfinished_));
    const auto before = TimeForAll(preparing * mean_cost_);
    const auto finishes = before + Finishes(static_cast<std::int64_t>(mean_cost_), deadline, now);
    if (finishes > deadline - now) {
      return Overloaded("the queue is too long for the request's deadline", finishes - (deadline - now));
    }
  }
  ++stats_.admitted_requests;
  return {};
}

std::shared_ptr<Work> WorkQueue::FindEqual(const ModelInput& input, std::size_t hash) const {
  const auto [begin, end] = under_way_.equal_range(hash);
  const auto equal =
      std::find_if(begin, end, [&](const auto& entry) { return AreEqual(InputOf(*entry.second), input); });
  return equal == end ? nullptr : equal->second;
}

Result<std::shared_ptr<ScoreJob>> WorkQueue::Submit(std::vector<ModelInput> inputs, Time deadline, Time now) {
  std::vector<std::size_t> hashes;
  std::vector<std::shared_ptr<Work>> works;
  hashes.reserve(inputs.size());
  works.reserve(inputs.size());
  std::int64_t fresh = 0;
  for (const ModelInput& input : inputs) {
    hashes.push_back(HashOf(input));
    works.push_back(FindEqual(input, hashes.back()));
    if (!works.back()) fresh += TokenCost(input);
  }
  // A request that is larger than the whole queue may still enter an empty one: it was bounded when it was
  // parsed.
  if (!jobs_.empty() && stats_.queued_tokens + fresh > options_.max_queued_tokens) {
    const auto over = stats_.queued_tokens + fresh - options_.max_queued_tokens;
    return Overloaded("the queue is full", TimeForAll(static_cast<double>(over)));
  }
  const auto finishes = Finishes(fresh, deadline, now);
  if (!jobs_.empty() && finishes > deadline - now) {
    return Overloaded("the queue is too long for the request's deadline", finishes - (deadline - now));
  }
  mean_cost_ = mean_cost_ == 0 ? static_cast<double>(fresh)
                               : mean_cost_ + kMeanWeight * (static_cast<double>(fresh) - mean_cost_);

  auto job = std::make_shared<ScoreJob>();
  job->deadline = deadline;
  job->submitted = now;
  job->pending = inputs.size();
  job->logits.resize(inputs.size());
  job->works.reserve(inputs.size());
  const auto memory = std::make_shared<std::vector<Work>>(inputs.size());  // of all its works, in one piece
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // Looked up again: an earlier input of this very job may be the equal one.
    std::shared_ptr<Work> work = works[i] ? works[i] : FindEqual(inputs[i], hashes[i]);
    if (work) {
      ++stats_.shared;
    } else {
      work = std::shared_ptr<Work>(memory, &(*memory)[i]);
      work->hash = hashes[i];
      work->cost = TokenCost(inputs[i]);
      work->input = std::move(inputs[i]);
      stats_.queued_tokens += work->cost;
      under_way_.emplace(work->hash, work);
    }
    work->wants.push_back({job, i});
    if (work->batch != nullptr) {
      ++work->batch->wants;
    } else {
      job->waiting_cost += work->cost;
      ++job->waiting;
    }
    job->works.push_back(std::move(work));
  }
  if (job->waiting > 0) jobs_.push_back(job);
  ++unfinished_;
  return job;
}

void WorkQueue::Forget(const Work& work) {
  const auto [begin, end] = under_way_.equal_range(work.hash);
  const auto own = std::find_if(begin, end, [&](const auto& entry) { return entry.second.get() == &work; });
  if (own != end) under_way_.erase(own);
}

void WorkQueue::Stop(Batch& batch) {
  // Nobody may join what will have no outcome.
  for (const auto& work : batch.works) Forget(*work);
  batch.stop.request_stop();
}

void WorkQueue::Complete(ScoreJob& job, Time now) {
  --unfinished_;
  job.works.clear();
  job.finished = now;
  if (job.notify) std::exchange(job.notify, nullptr)();
}

void WorkQueue::End(const std::shared_ptr<ScoreJob>& job, Error failure, Reason reason) {
  if (job->pending == 0) return;
  if (reason == Reason::kExpired) ++stats_.expired;
  if (reason == Reason::kAbandoned) ++stats_.abandoned;
  for (const auto& work : job->works) {
    const auto left = std::remove_if(work->wants.begin(), work->wants.end(),
                                     [&](const Work::Want& want) { return want.job == job; });
    const auto gone = static_cast<std::size_t>(work->wants.end() - left);
    work->wants.erase(left, work->wants.end());
    if (gone == 0) continue;  // its batch is finished, or an equal input of this job came before
    if (work->batch != nullptr) {
      work->batch->wants -= gone;
    } else if (work->wants.empty()) {
      stats_.queued_tokens -= work->cost;
      Forget(*work);
    }
  }
  for (const auto& batch : running_) {
    if (batch->wants == 0 && !batch->stop.stop_requested()) Stop(*batch);
  }
  if (job->waiting > 0) jobs_.remove(job);
  job->waiting = 0;
  job->pending = 0;
  job->failure = std::move(failure);
  Complete(*job, job->deadline);
}

void WorkQueue::Abandon(const std::shared_ptr<ScoreJob>& job, Error reason) {
  const Reason why = reason.code == "deadline_exceeded" ? Reason::kExpired : Reason::kAbandoned;
  End(job, std::move(reason), why);
}

void WorkQueue::Expire(Time now) {
  std::vector<std::shared_ptr<ScoreJob>> late;
  for (const auto& job : jobs_) {
    if (job->deadline <= now) late.push_back(job);
  }
  for (const auto& job : late) {
    End(job, {"deadline_exceeded", "the deadline passed while the request was queued"}, Reason::kExpired);
  }
}

void WorkQueue::Close(const Error& reason) {
  for (const auto& job : std::vector<std::shared_ptr<ScoreJob>>(jobs_.begin(), jobs_.end())) {
    End(job, reason, Reason::kClosed);
  }
}

// Moves waiting inputs of a job into the batch, in their order, while they fit and, with a credit, while it
// lasts; all or none of a job that a batch can hold and of which none has run, unless this one would be less
// than half full. A job that ends with the batch keeps it from growing beyond the job's deadline.
void WorkQueue::TakeFrom(ScoreJob& job, Time now, std::int64_t* credit, Draft* draft) {
  Batch& batch = *draft->batch;
  const bool whole = batch.tokens + job.waiting_cost <= draft->budget;
  const bool can_be_whole = !job.first_batch && job.waiting_cost <= draft->full;
  if (!whole && can_be_whole && 2 * batch.tokens >= draft->full) return;
  for (; job.next < job.works.size(); ++job.next) {
    const std::shared_ptr<Work>& work = job.works[job.next];
    if (work->batch != nullptr || work->wants.empty())
      continue;  // cut with another job, perhaps done already
    if (!whole && credit != nullptr && *credit <= 0) return;
    if (!batch.works.empty() && batch.tokens + work->cost > draft->budget) return;
    work->batch = &batch;
    work->place = batch.works.size();
    batch.works.push_back(work);
    batch.inputs.push_back(std::move(work->input));
    batch.tokens += work->cost;
    batch.wants += work->wants.size();
    if (credit != nullptr) *credit -= work->cost;
    stats_.queued_tokens -= work->cost;
    for (const Work::Want& want : work->wants) {
      want.job->waiting_cost -= work->cost;
      --want.job->waiting;
      if (!want.job->first_batch) want.job->first_batch = now;
      if (want.job->waiting == 0) BoundByDeadline(*want.job, now, draft);
    }
  }
}

void WorkQueue::BoundByDeadline(const ScoreJob& job, Time now, Draft* draft) const {
  const double seconds = std::chrono::duration<double>(job.deadline - now).count();
  const auto tokens = static_cast<std::int64_t>(
      std::min(meter_.tokens_per_second() * seconds, static_cast<double>(options_.batch_tokens)));
  // Of a job that is late already nothing is saved.
  if (tokens >= draft->batch->tokens) draft->budget = std::min(draft->budget, tokens);
}

std::int64_t WorkQueue::BudgetFor(std::size_t jobs) const {
  const double rate = meter_.tokens_per_second();
  if (jobs < 2 || rate == 0 || options_.batch_time.count() == 0) return options_.batch_tokens;
  const double tokens = rate * std::chrono::duration<double>(options_.batch_time).count();
  return static_cast<std::int64_t>(std::clamp(tokens, 1.0, static_cast<double>(options_.batch_tokens)));
}

std::int64_t WorkQueue::ShareByDeadline(std::int64_t budget,
                                        const std::vector<std::shared_ptr<ScoreJob>>& order, Time now) const {
  double before = kSpareBatches * static_cast<double>(budget);
  bool pressed = false;
  for (const auto& job : order) {
    before += static_cast<double>(job->waiting_cost);
    pressed = pressed || TimeForAll(before) > job->deadline - now;
  }
  const double share = static_cast<double>(budget) * (pressed ? 1 - kLeastShare : 0.5);
  return std::max(std::int64_t{1}, static_cast<std::int64_t>(share));
}

std::shared_ptr<Batch> WorkQueue::Cut(Time now) {
  Expire(now);
  if (jobs_.empty()) {
    credit_ = 0;
    return nullptr;
  }
  const auto batch = std::make_shared<Batch>();
  batch->since = now;
  const std::int64_t budget = BudgetFor(jobs_.size());
  Draft draft{batch, budget, budget};
  // Both sorts keep the order of submission among equals.
  std::vector<std::shared_ptr<ScoreJob>> order(jobs_.begin(), jobs_.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a->deadline < b->deadline; });
  const std::int64_t share = ShareByDeadline(budget, order, now);
  credit_ = std::min(credit_ + share, share);
  // Where there is no room for a job's next input, those behind it must not overtake it.
  for (const auto& job : order) {
    if (credit_ <= 0) break;
    TakeFrom(*job, now, &credit_, &draft);
    if (job->waiting > 0) break;
  }
  order.assign(jobs_.begin(), jobs_.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a->waiting_cost < b->waiting_cost; });
  for (const auto& job : order) {
    TakeFrom(*job, now, nullptr, &draft);
    if (job->waiting > 0) break;
  }
  jobs_.remove_if([](const auto& job) { return job->waiting == 0; });

  batch->left_work = !jobs_.empty();
  running_.push_back(batch);
  stats_.items += batch->works.size();
  stats_.tokens += static_cast<std::uint64_t>(batch->tokens);
  ++stats_.batches;
  const auto bound = std::lower_bound(kBatchTokenBounds.begin(), kBatchTokenBounds.end(), batch->tokens);
  ++stats_.batches_by_tokens[static_cast<std::size_t>(bound - kBatchTokenBounds.begin())];
  return batch;
}

void WorkQueue::Finish(const std::shared_ptr<Batch>& batch, const Result<std::vector<float>>& logits,
                       Time now) {
  // A batch that failed or was stopped says nothing of how fast the model is; one that failed, not even that
  // it lives.
  if (logits) meter_.Record(batch->tokens, now - batch->since, batch->left_work);
  if (logits || batch->stop.stop_requested()) stats_.last_answer = now;
  running_.remove(batch);
  for (std::size_t i = 0; i < batch->works.size(); ++i) {
    Work& work = *batch->works[i];
    Forget(work);
    for (const Work::Want& want : std::exchange(work.wants, {})) {
      ScoreJob& job = *want.job;
      if (!logits) {
        End(want.job, logits.error(), Reason::kClosed);
      } else if (job.pending > 0) {
        job.logits[want.index] = (*logits)[i];
        if (--job.pending == 0) Complete(job, now);
      }
    }
  }
}

}  // namespace vlr
