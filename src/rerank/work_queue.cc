#include "rerank/work_queue.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
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

std::size_t Mix(std::size_t hash, std::size_t value) {
  return (hash ^ value) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
}

std::size_t HashOf(const ModelInput& input) {
  const std::string_view ids(reinterpret_cast<const char*>(input.ids.data()),
                             input.ids.size() * sizeof(input.ids[0]));
  std::size_t hash = std::hash<std::string_view>()(ids);
  for (const auto* media : {&input.images, &input.videos}) {
    for (const auto& medium : *media) {
      hash = Mix(hash, medium->key.empty() ? std::hash<const void*>()(medium.get())
                                           : std::hash<std::string>()(medium->key));
    }
  }
  return hash;
}

using Media = std::vector<std::shared_ptr<const VisionPatches>>;

bool SameMedia(const Media& a, const Media& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one == other || (!one->key.empty() && one->key == other->key);
  });
}

}  // namespace

std::int64_t TokenCost(const VisionPatches& medium) {
  // The vision tower works on patches of a quarter of a token's area each, with far narrower layers.
  constexpr std::int64_t kPatchesPerToken = 4;
  return medium.grid.patches() / kPatchesPerToken;
}

std::int64_t TokenCost(const ModelInput& input) {
  auto tokens = static_cast<std::int64_t>(input.ids.size());
  for (const auto& image : input.images) tokens += TokenCost(*image);
  for (const auto& video : input.videos) tokens += TokenCost(*video);
  return tokens;
}

SchedulerStats WorkQueue::stats() const {
  SchedulerStats stats = stats_;
  stats.queued_requests = jobs_.size();
  stats.tokens_per_second = meter_.tokens_per_second();
  stats.under_way = TimeFor(running_tokens_);
  return stats;
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
  const double tokens = all <= budget ? all : std::ceil(before_it_ends / budget) * budget;
  const auto running = meter_.TimeFor(static_cast<double>(running_tokens_)) - (now - running_since_);
  return meter_.TimeFor(kCaution * tokens) +
         (running_tokens_ > 0 ? std::max(running, std::chrono::nanoseconds(0)) : std::chrono::nanoseconds(0));
}

WorkQueue::~WorkQueue() {
  // Jobs hold their work and work its jobs.
  for (const auto& [hash, work] : under_way_) work->wants.clear();
}

Result<void> WorkQueue::Admit(Time deadline, Time now) {
  if (stats_.admitted_requests >= options_.max_queued_requests) {
    return Overloaded("the queue is full", meter_.TimeFor(mean_cost_));
  }
  if (!jobs_.empty()) {
    // Its size is not known yet; that of the usual job stands for it and for those still being read.
    const auto preparing =
        static_cast<double>(stats_.admitted_requests - std::min(stats_.admitted_requests, unfinished_));
    const auto before = meter_.TimeFor(preparing * mean_cost_);
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
  const auto equal = std::find_if(begin, end, [&](const auto& entry) {
    const ModelInput& other = entry.second->input;
    return other.ids == input.ids && SameMedia(other.images, input.images) &&
           SameMedia(other.videos, input.videos);
  });
  return equal == end ? nullptr : equal->second;
}

Result<std::shared_ptr<ScoreJob>> WorkQueue::Submit(std::vector<ModelInput> inputs, Time deadline, Time now) {
  std::vector<std::size_t> hashes;
  std::vector<std::shared_ptr<Work>> works;
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
    return Overloaded("the queue is full", meter_.TimeFor(static_cast<double>(over)));
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
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // Looked up again: an earlier input of this very job may be the equal one.
    std::shared_ptr<Work> work = works[i] ? works[i] : FindEqual(inputs[i], hashes[i]);
    if (work) {
      ++stats_.shared;
    } else {
      work = std::make_shared<Work>();
      work->hash = hashes[i];
      work->cost = TokenCost(inputs[i]);
      work->input = std::move(inputs[i]);
      stats_.queued_tokens += work->cost;
      under_way_.emplace(work->hash, work);
    }
    work->wants.push_back({job, i});
    if (work->running) {
      ++running_wants_;
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

void WorkQueue::StopRunning() {
  // Nobody may join what will have no outcome.
  for (const auto& work : running_) Forget(*work);
  running_stop_.request_stop();
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
    const std::size_t wanted = work->wants.size();
    std::erase_if(work->wants, [&](const Work::Want& want) { return want.job == job; });
    if (work->running) running_wants_ -= wanted - work->wants.size();
    if (work->wants.empty() && wanted > 0 && !work->running) {
      stats_.queued_tokens -= work->cost;
      Forget(*work);
    }
  }
  if (!running_.empty() && running_wants_ == 0) StopRunning();
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
// lasts. A job that ends with the batch keeps it from growing beyond the job's deadline.
void WorkQueue::TakeFrom(ScoreJob& job, Time now, std::int64_t* credit, Draft* draft) {
  for (; job.next < job.works.size(); ++job.next) {
    const std::shared_ptr<Work>& work = job.works[job.next];
    if (work->running || work->wants.empty()) continue;  // cut with another job, perhaps done already
    if (credit != nullptr && *credit <= 0) return;
    if (!draft->batch.empty() && draft->tokens + work->cost > draft->budget) return;
    work->running = true;
    draft->batch.push_back(work);
    draft->tokens += work->cost;
    if (credit != nullptr) *credit -= work->cost;
    stats_.queued_tokens -= work->cost;
    running_wants_ += work->wants.size();
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
  if (tokens >= draft->tokens) draft->budget = std::min(draft->budget, tokens);
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
    pressed = pressed || meter_.TimeFor(before) > job->deadline - now;
  }
  const double share = static_cast<double>(budget) * (pressed ? 1 - kLeastShare : 0.5);
  return std::max(std::int64_t{1}, static_cast<std::int64_t>(share));
}

WorkQueue::Batch WorkQueue::Cut(Time now) {
  Expire(now);
  if (jobs_.empty()) {
    credit_ = 0;
    return {};
  }
  Draft draft;
  draft.budget = BudgetFor(jobs_.size());
  // Both sorts keep the order of submission among equals.
  std::vector<std::shared_ptr<ScoreJob>> order(jobs_.begin(), jobs_.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a->deadline < b->deadline; });
  const std::int64_t share = ShareByDeadline(draft.budget, order, now);
  credit_ = std::min(credit_ + share, share);
  for (const auto& job : order) {
    if (credit_ <= 0) break;
    TakeFrom(*job, now, &credit_, &draft);
    if (job->waiting > 0) break;  // no room for its next one: those behind it must not overtake it here
  }
  order.assign(jobs_.begin(), jobs_.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a->waiting_cost < b->waiting_cost; });
  for (const auto& job : order) {
    if (draft.tokens >= draft.budget) break;
    TakeFrom(*job, now, nullptr, &draft);
  }
  jobs_.remove_if([](const auto& job) { return job->waiting == 0; });

  running_ = std::move(draft.batch);
  running_tokens_ = draft.tokens;
  running_since_ = now;
  running_left_work_ = !jobs_.empty();
  running_stop_ = std::stop_source();
  stats_.items += running_.size();
  stats_.tokens += static_cast<std::uint64_t>(running_tokens_);
  ++stats_.batches;
  const auto bound = std::lower_bound(kBatchTokenBounds.begin(), kBatchTokenBounds.end(), running_tokens_);
  ++stats_.batches_by_tokens[static_cast<std::size_t>(bound - kBatchTokenBounds.begin())];
  return running_;
}

void WorkQueue::Finish(const Batch& batch, const Result<std::vector<float>>& logits, Time now) {
  // A batch that failed or was stopped says nothing of how fast the model is; one that failed, not even that
  // it lives.
  if (logits) meter_.Record(running_tokens_, now - running_since_, running_left_work_);
  if (logits || running_stop_.stop_requested()) stats_.last_answer = now;
  running_tokens_ = 0;
  running_wants_ = 0;
  running_.clear();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Forget(*batch[i]);
    for (const Work::Want& want : std::exchange(batch[i]->wants, {})) {
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
