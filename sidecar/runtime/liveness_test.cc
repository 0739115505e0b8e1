#include "sidecar/runtime/liveness.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

using namespace std::chrono_literals;
using Time = WorkQueue::Time;

constexpr auto kWindow = 5s;

std::vector<ModelInput> Inputs(std::size_t tokens) {
  ModelInput input;
  input.ids.resize(tokens);
  return {input};
}

// 1,000 tokens a second are known; 20,000 wait.
class LivenessTest : public testing::Test {
 protected:
  LivenessTest() {
    queue_.Submit(Inputs(1'000), Time{} + 1h, Time{}).value();
    const auto batch = queue_.Cut(Time{});
    queue_.Finish(batch, std::vector<float>(1), Time{} + 1s);
    job_ = queue_.Submit(Inputs(20'000), Time{} + 1h, Time{} + 1s).value();
  }
  bool At(Time now) const { return Answers(queue_.stats(), Time{}, kWindow, now); }

  WorkQueue queue_{{}};
  std::shared_ptr<ScoreJob> job_;
};

TEST_F(LivenessTest, AnIdleModelHasTheWindow) {
  EXPECT_TRUE(At(Time{} + 6s));
  EXPECT_FALSE(At(Time{} + 6001ms));
  EXPECT_TRUE(Answers(queue_.stats(), Time{} + 9s, kWindow, Time{} + 14s)) << "another proof";
}

TEST_F(LivenessTest, SlowWorkIsNoHang) {
  const auto batch = queue_.Cut(Time{} + 1s);
  EXPECT_TRUE(At(Time{} + 21s));
  EXPECT_TRUE(At(Time{} + 41s));
  EXPECT_FALSE(At(Time{} + 42s));
  queue_.Finish(batch, std::vector<float>(1), Time{} + 45s);
  EXPECT_TRUE(At(Time{} + 50s));
  EXPECT_FALSE(At(Time{} + 51s));
}

TEST_F(LivenessTest, AFailureIsNoAnswer) {
  queue_.Finish(queue_.Cut(Time{} + 1s), Error{"model_failed", "the device is lost"}, Time{} + 8s);
  EXPECT_FALSE(At(Time{} + 8s));
}

TEST_F(LivenessTest, ABatchThatWasStoppedIsAnAnswer) {
  const auto batch = queue_.Cut(Time{} + 1s);
  queue_.Abandon(job_, {"cancelled", "gone"});
  queue_.Finish(batch, Error{"cancelled", "stopped"}, Time{} + 8s);
  EXPECT_TRUE(At(Time{} + 13s));
}

}  // namespace
}  // namespace vlr
