#include "rerank/work_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace vlr {
namespace {

using namespace std::chrono_literals;
using Time = WorkQueue::Time;
using Span = std::chrono::nanoseconds;

// Inputs of that many tokens; no two of a test are equal.
ModelInput Input(std::int64_t tokens) {
  static std::int32_t serial = 0;
  ModelInput input;
  input.ids.assign(static_cast<std::size_t>(tokens), 0);
  input.ids[0] = ++serial;
  return input;
}
std::vector<ModelInput> Inputs(int count, std::int64_t tokens) {
  std::vector<ModelInput> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(Input(tokens));
  return inputs;
}

Result<std::vector<float>> Answer(const std::shared_ptr<Batch>& batch) {
  std::vector<float> logits;
  for (const ModelInput& input : batch->inputs) logits.push_back(static_cast<float>(input.ids[0]));
  return logits;
}
struct Arrival {
  Time at;
  int documents;
  std::int64_t tokens;  // of each
  Span timeout;
};
struct Outcome {
  Arrival arrival;
  std::shared_ptr<ScoreJob> job;  // null: refused
  std::chrono::seconds retry_after{0};

  bool done() const { return job && !job->failure && job->pending == 0; }
  Span latency() const { return job->finished - arrival.at; }
};

struct Speed {
  double tokens_per_second;
  double seconds_a_batch = 0;  // on top, whatever its size
  double unrest = 0;           // a batch takes up to this share more or less
};

// A model of such a speed and a clock that jumps from event to event.
class Simulation {
 public:
  Simulation(const SchedulerOptions& options, Speed speed) : queue_(options), speed_(speed) {}

  // REQUIRES arrivals in order of time.
  std::vector<Outcome> Run(const std::vector<Arrival>& arrivals) {
    std::vector<Outcome> outcomes;
    Time now{};
    std::size_t next = 0;
    const auto arrive = [&](Time until) {
      for (; next < arrivals.size() && arrivals[next].at <= until; ++next) {
        const Arrival& arrival = arrivals[next];
        const auto job = queue_.Submit(Inputs(arrival.documents, arrival.tokens),
                                       arrival.at + arrival.timeout, arrival.at);
        outcomes.push_back({arrival, job ? *job : nullptr, job ? 0s : job.error().retry_after});
      }
    };
    while (next < arrivals.size() || !queue_.idle()) {
      if (queue_.idle()) now = std::max(now, arrivals[next].at);
      arrive(now);
      const auto batch = queue_.Cut(now);
      if (!batch) continue;
      for (const auto& work : batch->works) {
        EXPECT_TRUE(cut_.insert(work.get()).second) << "cut twice";
        for (const auto& want : work->wants) batches_of_[want.job.get()].insert(batch.get());
      }
      batches_.push_back(batch);
      now += TimeOf(batch);
      arrive(now);
      queue_.Finish(batch, Answer(batch), now);
    }
    return outcomes;
  }

  WorkQueue& queue() { return queue_; }
  const std::vector<std::shared_ptr<Batch>>& batches() const { return batches_; }
  std::size_t BatchesOf(const ScoreJob& job) const { return batches_of_.at(&job).size(); }

 private:
  Span TimeOf(const std::shared_ptr<Batch>& batch) {
    const double seconds =
        speed_.seconds_a_batch + static_cast<double>(batch->tokens) / speed_.tokens_per_second;
    const double factor = 1 + std::uniform_real_distribution(-speed_.unrest, speed_.unrest)(random_);
    return std::chrono::duration_cast<Span>(std::chrono::duration<double>(seconds * factor));
  }

  WorkQueue queue_;
  Speed speed_;
  std::mt19937 random_{3};
  std::set<const Work*> cut_;
  std::vector<std::shared_ptr<Batch>> batches_;
  std::map<const ScoreJob*, std::set<const Batch*>> batches_of_;
};

constexpr double kSpeed = 10'000;  // tokens a second: a batch of 1,000 takes 100 ms
constexpr Speed kSteady{kSpeed};
const SchedulerOptions kOptions = {
    .batch_tokens = 1'000, .max_queued_tokens = 1'000'000, .max_queued_requests = 1'000};

TEST(WorkQueueTest, ShortOnesAreNotStarvedByLongOnesBeforeThem) {
  // Three requests of 20 s of work each, whose deadlines come first, and short ones every half second.
  std::vector<Arrival> arrivals(3, {Time{}, 1'000, 200, 200s});
  for (int i = 1; i <= 100; ++i) arrivals.push_back({Time{} + i * 500ms, 5, 100, 300s});
  Simulation simulation(kOptions, kSteady);
  for (const Outcome& outcome : simulation.Run(arrivals)) {
    ASSERT_TRUE(outcome.done());
    // What runs, the other half of one batch, and its own at half the speed.
    if (outcome.arrival.documents == 5) EXPECT_LE(outcome.latency(), 300ms);
  }
}

TEST(WorkQueueTest, ALongOneIsNotStarvedByShortOnes) {
  // Short ones alone fill the model; the long one needs 10 s of it and has the earlier deadline.
  std::vector<Arrival> arrivals = {{Time{}, 500, 200, 25s}};
  for (int i = 1; i <= 600; ++i) arrivals.push_back({Time{} + i * 50ms, 5, 100, 60s});
  Simulation simulation(kOptions, kSteady);
  const auto outcomes = simulation.Run(arrivals);
  EXPECT_TRUE(outcomes[0].done());
  EXPECT_LE(outcomes[0].latency(), 21s);
}

TEST(WorkQueueTest, ItemsOverTheBudgetRunAloneAndGiveBackWhatTheyTook) {
  std::vector<Arrival> arrivals = {{Time{}, 20, 5'000, 100s}};
  for (int i = 0; i < 40; ++i) arrivals.push_back({Time{} + 1ms, 1, 500, 200s});
  Simulation simulation(kOptions, kSteady);
  for (const Outcome& outcome : simulation.Run(arrivals)) ASSERT_TRUE(outcome.done());
  int alone = 0;
  std::size_t last_short = 0;
  for (std::size_t i = 0; i < simulation.batches().size(); ++i) {
    const auto& batch = simulation.batches()[i];
    if (batch->tokens > kOptions.batch_tokens) {
      EXPECT_EQ(batch->works.size(), 1u);
      ++alone;
    } else {
      last_short = i;
    }
  }
  EXPECT_EQ(alone, 20);
  // 40 short ones are 20 batches; one long item has run for every ten of them, not all twenty before.
  EXPECT_LE(last_short, 25u);
}

TEST(WorkQueueTest, TenTimesTheLoadIsRefusedAndTheRestIsInTime) {
  std::mt19937 random(7);
  std::vector<Arrival> arrivals;
  Time at{};
  // 1,000 tokens each on average, 100 a second: ten times what the model does.
  while (at < Time{} + 60s) {
    at += std::chrono::microseconds(std::uniform_int_distribution(0, 20'000)(random));
    arrivals.push_back({at, 10, std::uniform_int_distribution<std::int64_t>(20, 180)(random), 2s});
  }
  Simulation simulation(kOptions, kSteady);
  double good = 0;
  std::size_t accepted = 0, late = 0, refused = 0;
  for (const Outcome& outcome : simulation.Run(arrivals)) {
    if (!outcome.job) {
      ++refused;
      EXPECT_GE(outcome.retry_after, 1s);
      EXPECT_LE(outcome.retry_after, 3s);
      continue;
    }
    ++accepted;
    if (!outcome.done()) ++late;
    if (outcome.done()) {
      EXPECT_LE(outcome.latency(), 2s + 100ms);
      good += static_cast<double>(outcome.arrival.tokens) * outcome.arrival.documents;
    }
  }
  EXPECT_GT(refused, arrivals.size() / 2);
  EXPECT_GE(good, 0.9 * 60 * kSpeed);
  EXPECT_LE(static_cast<double>(late), 0.05 * static_cast<double>(accepted));
}

// A processor: what batch_tokens allows takes half of the deadline.
TEST(WorkQueueTest, BatchesAreBoundedInTimeWhileSeveralWait) {
  const SchedulerOptions options;
  const double speed = static_cast<double>(options.batch_tokens);
  std::mt19937 random(5);
  std::vector<Arrival> arrivals;
  Time at{};
  // About 1,500 tokens each: ten times what the model does.
  const double rate = 10 * speed / 1'500;
  while (at < Time{} + 60s) {
    const double wait = std::exponential_distribution(rate)(random);
    at += std::chrono::duration_cast<Span>(std::chrono::duration<double>(wait));
    arrivals.push_back({at, 10, std::uniform_int_distribution<std::int64_t>(120, 180)(random), 2s});
  }
  Simulation simulation(options, {speed, 0.005, 0.1});
  double good = 0;
  int late = 0;
  for (const Outcome& outcome : simulation.Run(arrivals)) {
    if (!outcome.job) continue;
    if (!outcome.done() || outcome.latency() > 2s) {
      ++late;
    } else {
      good += static_cast<double>(outcome.arrival.tokens) * outcome.arrival.documents;
    }
  }
  EXPECT_GE(good, 0.9 * 60 * speed);
  EXPECT_LE(late, 5);
  // The first ones find the rate out.
  const auto& batches = simulation.batches();
  for (std::size_t i = batches.size() / 2; i < batches.size(); ++i)
    EXPECT_LE(static_cast<double>(batches[i]->tokens), 0.3 * speed);
}

TEST(WorkQueueTest, AJobThatIsAloneIsLeftWhole) {
  WorkQueue queue({.batch_tokens = 1'000, .batch_time = 10ms});
  for (int i = 0; i < 3; ++i) {
    const Time now = Time{} + i * 1s;
    const auto job = *queue.Submit(Inputs(10, 100), now + 9s, now);
    const auto batch = queue.Cut(now);
    EXPECT_EQ(batch->works.size(), 10u);
    queue.Finish(batch, Answer(batch), now + 100ms);  // ten times what a batch may take
  }
  const auto one = *queue.Submit(Inputs(10, 100), Time{} + 9s, Time{} + 5s);
  const auto two = *queue.Submit(Inputs(10, 100), Time{} + 9s, Time{} + 5s);
  EXPECT_EQ(queue.Cut(Time{} + 5s)->works.size(), 1u);
  queue.Close({"draining", "end"});
}

// What the documents of a request share is computed once where a batch holds all of them.
TEST(WorkQueueTest, AJobThatFitsABatchIsNotCut) {
  for (const int documents : {5, 8, 13, 16, 25}) {
    const std::int64_t cost = documents * 40;
    Simulation simulation(kOptions, {kSpeed, 0.01});
    std::vector<Arrival> arrivals;
    for (int i = 0; i < 100; ++i) arrivals.push_back({Time{} + i * 1ms, documents, 40, 600s});
    for (const Outcome& outcome : simulation.Run(arrivals)) {
      EXPECT_TRUE(outcome.done());
      EXPECT_EQ(simulation.BatchesOf(*outcome.job), 1u) << documents;
    }
    const auto& batches = simulation.batches();
    for (std::size_t i = 1; i + 1 < batches.size(); ++i)
      EXPECT_EQ(batches[i]->tokens, kOptions.batch_tokens / cost * cost);
  }
}

TEST(WorkQueueTest, AJobIsCutWhereABatchWouldBeHalfEmpty) {
  WorkQueue queue(kOptions);
  const auto first = *queue.Submit(Inputs(4, 100), Time{} + 60s, Time{});
  const auto second = *queue.Submit(Inputs(9, 100), Time{} + 60s, Time{});
  const auto batch = queue.Cut(Time{});
  EXPECT_EQ(batch->tokens, 1'000);
  EXPECT_EQ(second->waiting, 3u);
  queue.Close({"draining", "end"});
}

TEST(WorkQueueTest, ReplicasWorkOnBatchesOfTheirOwn) {
  WorkQueue queue(kOptions, 2);
  const auto known = *queue.Submit(Inputs(1, 1'000), Time{} + 60s, Time{});
  const auto only = queue.Cut(Time{});
  queue.Finish(only, Answer(only), Time{} + 100ms);
  EXPECT_DOUBLE_EQ(queue.stats().tokens_per_second, 20'000);
  const Time now = Time{} + 1s;
  const ModelInput same = Input(100);
  const auto one = *queue.Submit({same, Input(800)}, now + 60s, now);
  const auto two = *queue.Submit({Input(900)}, now + 60s, now);
  const auto first = queue.Cut(now);
  const auto second = queue.Cut(now);
  EXPECT_EQ(queue.stats().under_way, 90ms);
  // An urgent one ends with the second of the next batches, which run side by side: 90 ms and 105 more.
  const auto large = *queue.Submit(Inputs(10, 1'000), now + 60s, now);
  EXPECT_FALSE(queue.Submit(Inputs(1, 1'000), now + 190ms, now));
  EXPECT_TRUE(queue.Submit(Inputs(1, 1'000), now + 200ms, now));
  // Equal inputs join whichever batch has theirs; a batch that nobody wants is stopped, the other goes on.
  const auto three = *queue.Submit({same}, now + 60s, now);
  queue.Abandon(one, {"cancelled", "gone"});
  EXPECT_FALSE(first->stop.stop_requested());
  queue.Abandon(three, {"cancelled", "gone"});
  EXPECT_TRUE(first->stop.stop_requested());
  EXPECT_FALSE(second->stop.stop_requested());
  queue.Finish(second, Answer(second), now + 100ms);
  EXPECT_EQ(two->pending, 0u);
  queue.Finish(first, Error{"cancelled", "stopped"}, now + 100ms);
  queue.Close({"draining", "end"});
}

// Small batches are slow ones: they say nothing of what the model does under load.
TEST(WorkQueueTest, AnIdleNightDoesNotMakeTheModelLookSlow) {
  const SchedulerOptions options;
  Simulation simulation(options, {80'000, 0.03});
  std::vector<Arrival> arrivals(20, {Time{}, 50, 160, 60s});
  for (int i = 0; i < 3'000; ++i) arrivals.push_back({Time{} + 60s + i * 1500ms, 1, 90, 5s});
  const Time burst = Time{} + 60s + 3'000 * 1500ms;
  for (int i = 0; i < 10; ++i) arrivals.push_back({burst + i * 1ms, 50, 160, 2s});
  for (const Outcome& outcome : simulation.Run(arrivals)) EXPECT_TRUE(outcome.done());
}

// One that can be done at once is not refused because batches may be long, nor made late by those behind it.
TEST(WorkQueueTest, AJobOfLittleTimeIsNotHeldUpByThoseThatFillItsBatch) {
  const SchedulerOptions options;
  WorkQueue queue(options);
  const auto known = *queue.Submit(Inputs(100, 100), Time{} + 60s, Time{});
  auto batch = queue.Cut(Time{});
  queue.Finish(batch, Answer(batch), Time{} + 1s);  // 10,000 tokens a second
  const Time now = Time{} + 2s;
  const auto other = *queue.Submit(Inputs(2, 100), now + 60s, now);
  const auto urgent = queue.Submit(Inputs(3, 100), now + 100ms, now);
  ASSERT_TRUE(urgent);
  const auto behind = *queue.Submit(Inputs(90, 100), now + 60s, now);
  batch = queue.Cut(now);
  EXPECT_EQ((*urgent)->waiting, 0u);
  EXPECT_LE(batch->tokens, 1'000);
  queue.Close({"draining", "end"});
}

TEST(WorkQueueTest, RetryAfterIsTheTimeTheQueueTakes) {
  WorkQueue queue({.batch_tokens = 1'000, .max_queued_tokens = 100'000, .max_queued_requests = 100});
  const auto first = queue.Submit(Inputs(1, 1'000), Time{} + 1000s, Time{});
  const auto batch = queue.Cut(Time{});
  queue.Finish(batch, Answer(batch), Time{} + 100ms);
  EXPECT_DOUBLE_EQ(queue.stats().tokens_per_second, 10'000);
  ASSERT_TRUE(queue.Submit(Inputs(90, 1'000), Time{} + 1000s, Time{} + 100ms));
  // 9 s of work wait: one more second of it is done by 20 s, not by 5 s, and fits in again 5.1 s from now.
  EXPECT_TRUE(queue.Submit(Inputs(1, 10'000), Time{} + 20s, Time{} + 100ms));
  const auto late = queue.Submit(Inputs(10, 1'001), Time{} + 1100ms, Time{} + 100ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "overloaded");
  const auto full = queue.Submit(Inputs(1, 30'000), Time{} + 1000s, Time{} + 100ms);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().retry_after, 3s);
  EXPECT_EQ(queue.stats().refused, 2u);
  queue.Close({"draining", "end"});
}

TEST(WorkQueueTest, AdmissionBoundsRequestsInEveryStage) {
  WorkQueue queue({.max_queued_requests = 2});
  EXPECT_TRUE(queue.Admit(Time{} + 1s, Time{}));
  EXPECT_TRUE(queue.Admit(Time{} + 1s, Time{}));
  const auto third = queue.Admit(Time{} + 1s, Time{});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, "overloaded");
  EXPECT_GE(third.error().retry_after, 1s);
  queue.Leave();
  EXPECT_TRUE(queue.Admit(Time{} + 1s, Time{}));
}

TEST(WorkQueueTest, EqualInputsRunOnce) {
  WorkQueue queue({.batch_tokens = 100});
  const ModelInput same = Input(10);
  const auto one = *queue.Submit({same, Input(10), same}, Time{} + 9s, Time{});
  const auto two = *queue.Submit({same}, Time{} + 9s, Time{});
  auto batch = queue.Cut(Time{});
  EXPECT_EQ(batch->works.size(), 2u);
  const auto three = *queue.Submit({same, Input(10)}, Time{} + 9s, Time{});
  queue.Finish(batch, Answer(batch), Time{} + 1s);
  EXPECT_EQ(one->pending, 0u);
  EXPECT_EQ(two->pending, 0u);
  EXPECT_EQ(three->pending, 1u);
  batch = queue.Cut(Time{} + 1s);
  EXPECT_EQ(batch->works.size(), 1u);
  queue.Finish(batch, Answer(batch), Time{} + 2s);
  const auto expected = static_cast<float>(same.ids[0]);
  EXPECT_EQ(one->logits[0], expected);
  EXPECT_EQ(one->logits[2], expected);
  EXPECT_EQ(two->logits[0], expected);
  EXPECT_EQ(three->logits[0], expected);
  EXPECT_EQ(queue.stats().shared, 3u);
  // What is done is not remembered: that would be a cache of scores.
  const auto again = *queue.Submit({same}, Time{} + 9s, Time{} + 2s);
  EXPECT_EQ(queue.Cut(Time{} + 2s)->works.size(), 1u);
}

TEST(WorkQueueTest, MediaTellInputsApart) {
  WorkQueue queue({.batch_tokens = 1'000});
  ModelInput a = Input(10);
  ModelInput b = a;
  a.images.push_back(std::make_shared<VisionPatches>(VisionPatches{.grid = {1, 2, 2}}));
  b.images.push_back(std::make_shared<VisionPatches>(VisionPatches{.grid = {1, 2, 2}}));
  queue.Submit({a, b}, Time{} + 9s, Time{}).value();
  EXPECT_EQ(queue.Cut(Time{})->works.size(), 2u);
}

TEST(WorkQueueTest, AnEqualInputOutlivesTheCallerThatBroughtIt) {
  WorkQueue queue({.batch_tokens = 100});
  const ModelInput same = Input(10);
  const auto one = *queue.Submit({same}, Time{} + 9s, Time{});
  const auto two = *queue.Submit({same}, Time{} + 9s, Time{});
  queue.Abandon(one, {"cancelled", "gone"});
  EXPECT_EQ(queue.stats().queued_tokens, 10);
  const auto batch = queue.Cut(Time{});
  ASSERT_EQ(batch->works.size(), 1u);
  queue.Finish(batch, Answer(batch), Time{} + 1s);
  EXPECT_EQ(two->logits[0], static_cast<float>(same.ids[0]));
  EXPECT_EQ(one->failure->code, "cancelled");
}

TEST(WorkQueueTest, ABatchThatNobodyWantsIsStoppedAndNotJoined) {
  WorkQueue queue({.batch_tokens = 100});
  const ModelInput same = Input(10);
  const auto one = *queue.Submit({same}, Time{} + 9s, Time{});
  const auto two = *queue.Submit({Input(10)}, Time{} + 9s, Time{});
  auto batch = queue.Cut(Time{});
  const std::stop_token stop = batch->stop.get_token();
  queue.Abandon(one, {"cancelled", "gone"});
  EXPECT_FALSE(stop.stop_requested());
  queue.Abandon(two, {"cancelled", "gone"});
  EXPECT_TRUE(stop.stop_requested());
  const auto three = *queue.Submit({same}, Time{} + 9s, Time{});
  queue.Finish(batch, Error{"cancelled", "stopped"}, Time{} + 1s);
  EXPECT_EQ(three->pending, 1u);
  batch = queue.Cut(Time{} + 1s);
  EXPECT_EQ(batch->works.size(), 1u);
  queue.Finish(batch, Answer(batch), Time{} + 2s);
  EXPECT_FALSE(three->failure);
  EXPECT_EQ(queue.stats().abandoned, 2u);
}

TEST(WorkQueueTest, AFailedBatchEndsItsJobsAndNoOthers) {
  WorkQueue queue({.batch_tokens = 20});
  const auto one = *queue.Submit(Inputs(4, 10), Time{} + 5s, Time{});
  const auto two = *queue.Submit(Inputs(3, 10), Time{} + 9s, Time{});
  const auto batch = queue.Cut(Time{});
  queue.Finish(batch, Error{"model_failed", "broken"}, Time{} + 1s);
  int failed = 0;
  for (const auto& job : {one, two}) {
    if (!job->failure) continue;
    ++failed;
    EXPECT_EQ(job->failure->code, "model_failed");
    EXPECT_EQ(job->pending, 0u);
  }
  EXPECT_GE(failed, 1);
  while (!queue.idle()) {
    const auto next = queue.Cut(Time{} + 1s);
    queue.Finish(next, Answer(next), Time{} + 2s);
  }
  EXPECT_EQ(queue.stats().queued_tokens, 0);
  EXPECT_EQ(one->pending + two->pending, 0u);
}

// Whatever happens in whatever order, each job ends once, and nothing late is cut.
TEST(WorkQueueTest, RandomLives) {
  std::mt19937 random(11);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };
  for (int life = 0; life < 200; ++life) {
    WorkQueue queue(
        {.batch_tokens = draw(1, 400), .max_queued_tokens = draw(100, 20'000), .max_queued_requests = 50});
    std::map<ScoreJob*, int> ends;
    std::vector<std::shared_ptr<ScoreJob>> jobs;
    std::vector<ModelInput> known;
    std::shared_ptr<Batch> running;
    Time now{};
    for (int step = 0; step < 200; ++step) {
      now += std::chrono::milliseconds(draw(0, 50));
      const int what = draw(0, 9);
      if (what < 4) {
        std::vector<ModelInput> inputs = Inputs(draw(1, 8), draw(1, 120));
        for (ModelInput& input : inputs) {
          if (!known.empty() && draw(0, 3) == 0)
            input = known[static_cast<std::size_t>(draw(0, static_cast<int>(known.size()) - 1))];
          known.push_back(input);
        }
        const auto job =
            queue.Submit(std::move(inputs), now + std::chrono::milliseconds(draw(1, 2'000)), now);
        if (!job) continue;
        jobs.push_back(*job);
        (*job)->notify = [&ends, raw = job->get()] { ++ends[raw]; };
      } else if (what < 6 && !jobs.empty()) {
        queue.Abandon(jobs[static_cast<std::size_t>(draw(0, static_cast<int>(jobs.size()) - 1))],
                      {"cancelled", "gone"});
      } else if (running == nullptr) {
        running = queue.Cut(now);
        if (!running) continue;
        for (const auto& work : running->works) {
          ASSERT_FALSE(work->wants.empty());
          for (const auto& want : work->wants) ASSERT_GT(want.job->deadline, now);
        }
        if (running->works.size() > 1) ASSERT_LE(running->tokens, 400);
      } else {
        const bool fails = draw(0, 5) == 0;
        queue.Finish(running,
                     fails ? Result<std::vector<float>>(Error{"model_failed", "x"}) : Answer(running), now);
        running.reset();
      }
    }
    if (running != nullptr) queue.Finish(running, Answer(running), now);
    queue.Close({"draining", "end"});
    EXPECT_EQ(queue.stats().queued_tokens, 0);
    EXPECT_EQ(queue.stats().queued_requests, 0u);
    for (const auto& job : jobs) {
      EXPECT_EQ(job->pending, 0u);
      EXPECT_EQ(ends[job.get()], 1);
      EXPECT_TRUE(job->works.empty());
      EXPECT_EQ(job.use_count(), 1) << "still referred to";
    }
  }
}

}  // namespace
}  // namespace vlr
