#include "sidecar/runtime/model_host.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

namespace vlr {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

const std::string kModel = std::string(VLR_SOURCE_DIR) + "/integration-tests/data/golden-a/model";

LoadedModelOptions Named(const std::string& name, const std::string& directory = kModel) {
  LoadedModelOptions options;
  options.name = name;
  options.directory = directory;
  return options;
}

class ModelHostTest : public testing::Test {
 protected:
  // Loads what is real, when it is let to.
  ModelHost::Loader Gated() {
    return [this](const LoadedModelOptions& options) {
      ++loads_;
      if (options.progress) options.progress(0.5);
      gate_.get_future().wait();
      gate_ = std::promise<void>();
      return LoadedModel::Load(options);
    };
  }
  std::future<Result<std::shared_ptr<LoadedModel>>> Acquire(ModelHost& host, const std::string& name,
                                                            steady_clock::duration timeout = 60s) {
    return asio::co_spawn(io_, host.Acquire(name, steady_clock::now() + timeout), asio::use_future);
  }
  static ModelStatus StatusOf(const ModelHost& host, const std::string& name) {
    for (const ModelStatus& status : host.statuses()) {
      if (status.name == name) return status;
    }
    ADD_FAILURE() << name << " is not known";
    return {};
  }

  asio::io_context io_{1};
  std::promise<void> gate_;
  std::atomic<int> loads_ = 0;
};

TEST_F(ModelHostTest, SeveralModelsByName) {
  ModelHost host;
  EXPECT_EQ(host.Find("").error().code, "model_not_loaded");
  ASSERT_TRUE(host.Load(Named("one")));
  ASSERT_TRUE(host.Load(Named("two")));
  EXPECT_EQ((*host.Find(""))->name(), "one");
  EXPECT_EQ((*host.Find("two"))->name(), "two");
  EXPECT_EQ(host.Find("three").error().code, "model_not_found");
  EXPECT_EQ(StatusOf(host, "two").state, ModelState::kReady);
  EXPECT_GT(StatusOf(host, "two").bytes, 0);
  ASSERT_TRUE(host.Unload("one"));
  EXPECT_EQ((*host.Find(""))->name(), "two");
  EXPECT_EQ(host.Find("one").error().code, "model_not_loaded");
  EXPECT_EQ(StatusOf(host, "one").state, ModelState::kUnloaded);
  EXPECT_EQ(host.Unload("three").error().code, "model_not_found");
}

TEST_F(ModelHostTest, AFailedLoadLeavesTheOldModelServing) {
  ModelHost host;
  ASSERT_TRUE(host.Load(Named("m")));
  const auto before = *host.Find("m");
  const auto failed = host.Load(Named("m", "/nonexistent"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "file_missing");
  EXPECT_EQ(*host.Find("m"), before);
  const ModelStatus status = StatusOf(host, "m");
  EXPECT_EQ(status.state, ModelState::kReady);
  EXPECT_EQ(status.error->code, "file_missing");
  EXPECT_EQ(host.OptionsOf("m")->directory, kModel) << "by name it would be loaded from elsewhere";
  ASSERT_TRUE(host.Load(*host.OptionsOf("m")));
  EXPECT_NE(*host.Find("m"), before);
  EXPECT_FALSE(StatusOf(host, "m").error);
}

TEST_F(ModelHostTest, TheOldModelServesWhileTheNewOneLoads) {
  ModelHost host(false, Gated());
  gate_.set_value();
  ASSERT_TRUE(host.Load(Named("m")));
  const auto before = *host.Find("m");
  ASSERT_TRUE(host.StartLoading(Named("m")));
  while (loads_ < 2) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(*host.Find("m"), before);
  EXPECT_EQ(StatusOf(host, "m").state, ModelState::kLoading);
  EXPECT_EQ(host.StartLoading(Named("m", "/elsewhere")).error().code, "overloaded");
  EXPECT_TRUE(host.StartLoading(Named("m"))) << "the same again is what is under way";
  EXPECT_EQ(host.Unload("m").error().code, "overloaded");
  gate_.set_value();
  while (StatusOf(host, "m").state != ModelState::kReady) std::this_thread::sleep_for(1ms);
  EXPECT_NE(*host.Find("m"), before);
  EXPECT_EQ(StatusOf(host, "m").progress, 1);
}

TEST_F(ModelHostTest, OnDemandTheFirstRequestLoadsAndAllWait) {
  ModelHost host(true, Gated());
  host.Add(Named("m"));
  auto one = Acquire(host, "");
  auto two = Acquire(host, "m");
  auto hurried = Acquire(host, "m", 10ms);
  auto other = Acquire(host, "another");
  while (hurried.wait_for(0s) != std::future_status::ready) io_.run_one();
  EXPECT_EQ(hurried.get().error().code, "deadline_exceeded");
  EXPECT_EQ(other.get().error().code, "model_not_found");
  EXPECT_EQ(StatusOf(host, "m").progress, 0.5);
  gate_.set_value();
  io_.run();
  EXPECT_EQ((*one.get())->name(), "m");
  EXPECT_EQ((*two.get())->name(), "m");
  EXPECT_EQ(loads_, 1);
}

TEST_F(ModelHostTest, WhatFailedOnDemandIsNotTriedWithEveryRequest) {
  ModelHost host(true);
  host.Add(Named("m", "/nonexistent"));
  for (int i = 0; i < 3; ++i) {
    auto refused = Acquire(host, "m");
    io_.restart();
    io_.run();
    const auto answer = refused.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "model_not_loaded");
  }
  EXPECT_EQ(StatusOf(host, "m").state, ModelState::kFailed);
}

TEST_F(ModelHostTest, WithoutDemandNothingIsLoaded) {
  ModelHost host(false);
  host.Add(Named("m"));
  auto refused = Acquire(host, "m");
  io_.run();
  EXPECT_EQ(refused.get().error().code, "model_not_loaded");
  EXPECT_EQ(StatusOf(host, "m").state, ModelState::kUnloaded);
}

}  // namespace
}  // namespace vlr
