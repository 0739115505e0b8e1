#include "rerank/scheduler.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>
#include <string>

namespace vlr {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

ModelInput Input(int tokens, std::int32_t first = 0) {
  ModelInput input;
  input.ids.assign(static_cast<std::size_t>(tokens), first);
  return input;
}

// Records batches; answers the first id of each input; waits for a permit when gated.
class FakeScorer : public Scorer {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<std::vector<std::int32_t>> batches;
    std::promise<void> gate;
    std::shared_future<void> opened = gate.get_future().share();
    std::atomic<int> started = 0;
    bool fail = false;
    std::stop_token stop;  // of the last batch
    std::mutex encoding;   // Encode waits while a test holds it
    std::vector<std::shared_ptr<const VisionPatches>> encoded;
    std::atomic<int> encoding_begun = 0;
    std::string order;      // for each call the number of media, or "b" for a batch
    std::int64_t room = 0;  // for features, in patches
  };
  explicit FakeScorer(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  Result<std::vector<float>> Logits(std::span<const ModelInput> batch, const std::stop_token& stop) override {
    std::vector<std::int32_t> firsts;
    for (const ModelInput& input : batch) firsts.push_back(input.ids[0]);
    {
      const std::lock_guard lock(log_->mutex);
      log_->stop = stop;
      log_->batches.push_back(firsts);
      log_->order += 'b';
    }
    ++log_->started;
    log_->opened.wait();
    if (log_->fail) return Error{"model_failed", "broken"};
    return std::vector<float>(firsts.begin(), firsts.end());
  }

  Result<void> Encode(Media media) override {
    ++log_->encoding_begun;
    const std::lock_guard turn(log_->encoding);
    const std::lock_guard lock(log_->mutex);
    log_->encoded.insert(log_->encoded.end(), media.begin(), media.end());
    log_->order += std::to_string(media.size());
    return {};
  }
  FeatureRoom feature_room() const override { return {1, log_->room}; }

 private:
  std::shared_ptr<Log> log_;
};

class SchedulerTest : public testing::Test {
 protected:
  void Start(SchedulerOptions options, int replicas = 1) {
    std::vector<std::unique_ptr<Scorer>> scorers;
    for (int i = 0; i < replicas; ++i) scorers.push_back(std::make_unique<FakeScorer>(log_));
    scheduler_.emplace(std::move(scorers), options);
  }
  std::future<Result<ScheduledLogits>> Score(std::vector<ModelInput> inputs,
                                             steady_clock::duration timeout = 60s) {
    return asio::co_spawn(io_, scheduler_->Score(std::move(inputs), steady_clock::now() + timeout),
                          asio::use_future);
  }
  void WaitForBatch(int count) {
    while (log_->started < count) std::this_thread::sleep_for(1ms);
  }
  std::vector<float> LogitsOf(std::future<Result<ScheduledLogits>>& answer) {
    const auto result = answer.get();
    EXPECT_TRUE(result) << result.error().code;
    return result ? result->logits : std::vector<float>();
  }

  asio::io_context io_{1};
  std::shared_ptr<FakeScorer::Log> log_ = std::make_shared<FakeScorer::Log>();
  std::optional<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, CutsBatchesByTokensAndKeepsOrder) {
  Start({.batch_tokens = 10});
  auto answer = Score({Input(4, 1), Input(4, 2), Input(4, 3), Input(40, 4), Input(1, 5)});
  log_->gate.set_value();
  io_.run();
  EXPECT_EQ(LogitsOf(answer), (std::vector<float>{1, 2, 3, 4, 5}));
  const std::vector<std::vector<std::int32_t>> expected = {{1, 2}, {3}, {4}, {5}};
  EXPECT_EQ(log_->batches, expected);
  EXPECT_EQ(scheduler_->stats().queued_tokens, 0);
  EXPECT_EQ(scheduler_->stats().queued_requests, 0u);
}

TEST_F(SchedulerTest, TheEarliestDeadlineGoesFirst) {
  Start({.batch_tokens = 1});
  auto blocker = Score({Input(1, 0)}, 60s);
  io_.poll();
  WaitForBatch(1);
  auto late = Score({Input(1, 1)}, 50s);
  auto soon = Score({Input(1, 2)}, 10s);
  io_.poll();
  log_->gate.set_value();
  io_.run();
  LogitsOf(blocker);
  LogitsOf(late);
  LogitsOf(soon);
  const std::vector<std::vector<std::int32_t>> expected = {{0}, {2}, {1}};
  EXPECT_EQ(log_->batches, expected);
}

TEST_F(SchedulerTest, AFullQueueRefuses) {
  Start({.batch_tokens = 1, .max_queued_tokens = 5, .max_queued_requests = 2});
  auto running = Score({Input(1, 0)});
  io_.poll();
  WaitForBatch(1);
  auto waiting = Score({Input(4, 1)});
  auto refused = Score({Input(2, 2)});
  io_.poll();
  EXPECT_EQ(refused.get().error().code, "overloaded");
  EXPECT_EQ(scheduler_->stats().refused, 1u);
  log_->gate.set_value();
  io_.run();
  LogitsOf(running);
  LogitsOf(waiting);
}

TEST_F(SchedulerTest, AnExpiredRequestNeverReachesTheModel) {
  Start({.batch_tokens = 1});
  auto running = Score({Input(1, 0)});
  io_.poll();
  WaitForBatch(1);
  auto expired = Score({Input(1, 7)}, 20ms);
  while (expired.wait_for(0s) != std::future_status::ready) io_.run_one();
  EXPECT_EQ(expired.get().error().code, "deadline_exceeded");
  log_->gate.set_value();
  io_.run();
  LogitsOf(running);
  scheduler_.reset();
  const std::vector<std::vector<std::int32_t>> expected = {{0}};
  EXPECT_EQ(log_->batches, expected);
}

TEST_F(SchedulerTest, ACancelledCallerNeverReachesTheModel) {
  Start({.batch_tokens = 1});
  auto running = Score({Input(1, 0)});
  io_.poll();
  WaitForBatch(1);
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(io_, scheduler_->Score({Input(1, 7)}, steady_clock::now() + 60s),
                 asio::bind_cancellation_slot(signal.slot(),
                                              [&](const std::exception_ptr&, const auto&) { ended = true; }));
  io_.poll();
  signal.emit(asio::cancellation_type::terminal);
  io_.poll();
  EXPECT_TRUE(ended);
  log_->gate.set_value();
  io_.run();
  LogitsOf(running);
  while (scheduler_->stats().abandoned == 0) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(log_->batches.size(), 1u);
}

TEST_F(SchedulerTest, AModelFailureIsTheRequestsAndTheSchedulerLives) {
  Start({});
  log_->fail = true;
  log_->gate.set_value();
  auto failed = Score({Input(1, 1)});
  io_.run();
  EXPECT_EQ(failed.get().error().code, "model_failed");
  log_->fail = false;
  io_.restart();
  auto fine = Score({Input(1, 2)});
  io_.run();
  EXPECT_EQ(LogitsOf(fine), std::vector<float>{2});
}

TEST_F(SchedulerTest, ToldIsWhatIsUnderWayAndWhenTheModelAnswered) {
  log_->gate.set_value();
  Start({});
  EXPECT_EQ(scheduler_->stats().last_answer, steady_clock::time_point{});
  auto scored = Score({Input(1'000)});
  io_.run();
  const auto answered = scheduler_->stats().last_answer;
  EXPECT_GT(answered, steady_clock::time_point{});
  std::unique_lock held(log_->encoding);
  const auto medium = std::make_shared<VisionPatches>(VisionPatches{.grid = {1, 64, 64}});
  auto encoded = asio::co_spawn(io_, scheduler_->Encode(medium, steady_clock::now() + 60s), asio::use_future);
  io_.restart();
  io_.poll();
  while (scheduler_->stats().under_way == 0ns) std::this_thread::sleep_for(1ms);
  held.unlock();
  io_.run();
  EXPECT_TRUE(encoded.get());
  EXPECT_EQ(scheduler_->stats().under_way, 0ns);
  EXPECT_GT(scheduler_->stats().last_answer, answered);
}

std::shared_ptr<const VisionPatches> Medium(const std::string& key, Grid grid = {1, 64, 64}) {
  VisionPatches medium{.grid = grid};
  medium.key = key;
  return std::make_shared<const VisionPatches>(std::move(medium));
}

TEST_F(SchedulerTest, MediaAreEncodedAheadAFewAtATimeAndAfterWhatIsToBeScored) {
  log_->room = 1 << 20;
  log_->gate.set_value();
  Start({.batch_time = 0ms});  // or the rate of a batch of one token decides how many
  std::unique_lock held(log_->encoding);
  Scheduler::Ahead ahead(*scheduler_);
  ahead.Offer(Medium("0"));
  while (log_->encoding_begun == 0) std::this_thread::sleep_for(1ms);
  for (int i = 1; i < 6; ++i) ahead.Offer(Medium(std::to_string(i)));
  auto scored = Score({Input(1, 7)});
  io_.poll();
  held.unlock();
  io_.run();
  EXPECT_EQ(LogitsOf(scored), std::vector<float>{7});
  while (log_->encoding_begun < 3) std::this_thread::sleep_for(1ms);
  scheduler_.reset();
  EXPECT_EQ(log_->order, "1b32") << "4,096 patches each, at most 12,288 together";
}

TEST_F(SchedulerTest, ASlowModelEncodesOneAheadAtATime) {
  log_->room = 1 << 20;
  Start({.batch_time = 1ms});
  auto scored = Score({Input(1, 7)});
  io_.poll();
  WaitForBatch(1);
  Scheduler::Ahead ahead(*scheduler_);
  for (int i = 0; i < 2; ++i) ahead.Offer(Medium(std::to_string(i)));
  std::this_thread::sleep_for(5ms);
  log_->gate.set_value();
  io_.run();
  while (log_->encoding_begun < 2) std::this_thread::sleep_for(1ms);
  scheduler_.reset();
  EXPECT_EQ(log_->order, "b11") << "a token in 5 ms: 1,024 of them are far over batch_time";
}

TEST_F(SchedulerTest, WhatIsTakenBackIsNotEncodedAhead) {
  log_->room = 1 << 20;
  Start({});
  std::unique_lock held(log_->encoding);
  Scheduler::Ahead one(*scheduler_);
  one.Offer(Medium("begun"));
  while (log_->encoding_begun == 0) std::this_thread::sleep_for(1ms);
  {
    Scheduler::Ahead other(*scheduler_);
    other.Offer(Medium("of a client that leaves"));
    one.Offer(Medium("needed at once"));
    one.Stop();
  }
  one.Offer(Medium("later"));
  held.unlock();
  while (log_->encoding_begun < 2) std::this_thread::sleep_for(1ms);
  scheduler_.reset();
  ASSERT_EQ(log_->encoded.size(), 2u);
  EXPECT_EQ(log_->encoded[1]->key, "later");
}

TEST_F(SchedulerTest, OnlyWhatWillBeFoundAgainIsEncodedAhead) {
  constexpr std::int64_t kPatches = 64 * 64;
  log_->room = 4 * kPatches;
  Start({});
  auto known = std::make_shared<VisionPatches>(VisionPatches{.grid = {1, 64, 64}});
  known->key = "known";
  known->encoded = std::make_shared<EncodedVision>();
  std::optional<Scheduler::Ahead> ahead(*scheduler_);
  ahead->Offer(known);
  ahead->Offer(Medium(""));
  ahead->Offer(Medium("too large", {1, 128, 128}));
  for (int i = 0; i < 4; ++i) ahead->Offer(Medium("half of the room is for " + std::to_string(i)));
  const auto encoded = [&] {
    const std::lock_guard lock(log_->mutex);
    return log_->encoded.size();
  };
  while (encoded() < 2) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(encoded(), 2u);
  ahead.reset();
  ahead.emplace(*scheduler_);
  ahead->Offer(Medium("of the next request"));
  while (encoded() < 3) std::this_thread::sleep_for(1ms);
}

TEST_F(SchedulerTest, NothingIsEncodedAheadOfSeveralReplicas) {
  log_->room = 1 << 20;
  Start({}, 2);
  Scheduler::Ahead ahead(*scheduler_);
  ahead.Offer(Medium("a"));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(log_->encoding_begun, 0);
}

TEST_F(SchedulerTest, ReplicasRunAtOnce) {
  Start({.batch_tokens = 1}, 2);
  auto one = Score({Input(1, 1)});
  auto two = Score({Input(1, 2), Input(1, 3)});
  io_.poll();
  WaitForBatch(2);  // both are held at the gate
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(log_->started, 2);
  log_->gate.set_value();
  io_.run();
  EXPECT_EQ(LogitsOf(one), std::vector<float>{1});
  EXPECT_EQ(LogitsOf(two), (std::vector<float>{2, 3}));
}

TEST_F(SchedulerTest, ReplicasShareOneQueueWithoutLoss) {
  Start({.batch_tokens = 7}, 3);
  log_->gate.set_value();
  std::vector<std::future<Result<ScheduledLogits>>> answers;
  for (int i = 0; i < 300; ++i) answers.push_back(Score({Input(1 + i % 5, 3 * i), Input(2, 3 * i + 1)}));
  io_.run();
  for (int i = 0; i < 300; ++i) {
    const auto first = static_cast<float>(3 * i);
    EXPECT_EQ(LogitsOf(answers[static_cast<std::size_t>(i)]), (std::vector<float>{first, first + 1}));
  }
  EXPECT_EQ(scheduler_->stats().items, 600u);
}

TEST_F(SchedulerTest, ReplicasEndTogether) {
  Start({.batch_tokens = 1}, 2);
  auto one = Score({Input(1, 1)});
  auto two = Score({Input(1, 2)});
  auto waiting = Score({Input(1, 3)});
  io_.poll();
  WaitForBatch(2);
  std::thread end([this] { scheduler_.reset(); });
  std::this_thread::sleep_for(20ms);
  log_->gate.set_value();
  end.join();
  io_.run();
  EXPECT_EQ(LogitsOf(one), std::vector<float>{1});
  EXPECT_EQ(LogitsOf(two), std::vector<float>{2});
  const auto last = waiting.get();
  EXPECT_TRUE(last || last.error().code == "draining");
}

TEST_F(SchedulerTest, NothingToScoreIsAnswered) {
  Start({});
  auto answer = Score({});
  io_.run();
  EXPECT_TRUE(LogitsOf(answer).empty());
}

}  // namespace
}  // namespace vlr
