#include "rerank/warmer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>

namespace vlr {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

using Answer = Result<std::vector<WarmResult>>;

class WarmerTest : public testing::Test {
 protected:
  // Waits at the gate; what it gives is in the URL.
  asio::awaitable<Result<WarmOutcome>> WarmOne(MediaRef media, MediaKind kind) {
    most_ = std::max(most_, ++running_);
    asked_.push_back(media.url + (kind == MediaKind::kVideo ? " video" : " image"));
    boost::system::error_code ignored;
    if (media.url == "hangs") co_await never_.async_wait(asio::use_awaitable);
    if (!open_) co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    --running_;
    if (media.url == "throws") throw std::runtime_error("the model failed");
    if (media.url == "known") co_return WarmOutcome::kKnown;
    if (media.url == "gone") co_return Error{"media_not_found", "there is none"};
    if (media.url.starts_with("movie") && kind == MediaKind::kImage)
      co_return Error{"image_unsupported", "no picture"};
    if (media.url.starts_with("picture") && kind == MediaKind::kVideo)
      co_return Error{"video_unsupported", "no video"};
    if (media.url == "text.mp4")
      co_return Error{kind == MediaKind::kVideo ? "video_unsupported" : "image_unsupported", "neither"};
    co_return WarmOutcome::kEncoded;
  }
  std::future<Answer> Warm(const std::vector<std::string>& urls, steady_clock::duration within = 60s) {
    std::vector<WarmMedium> media;
    for (const std::string& url : urls) media.push_back(WarmMediumOf({.url = url}));
    return asio::co_spawn(io_, warmer_.Warm("m", std::move(media), {}, steady_clock::now() + within),
                          asio::use_future);
  }
  void Open() {
    open_ = true;
    gate_.cancel();
  }

  asio::io_context io_{1};
  asio::steady_timer gate_{io_, steady_clock::time_point::max()};
  asio::steady_timer never_{io_, steady_clock::time_point::max()};
  Warmer warmer_{[this](const std::string&, MediaRef media, MediaKind kind, const PreparationOptions&) {
                   return WarmOne(std::move(media), kind);
                 },
                 8};
  bool open_ = false;
  std::size_t running_ = 0, most_ = 0;
  std::vector<std::string> asked_;
};

TEST_F(WarmerTest, TellsWhatBecameOfEach) {
  Open();
  auto answer = Warm({"a.png", "known", "gone", "throws", "movie", "picture.mp4", "text.mp4"});
  io_.run();
  const Answer results = answer.get();
  ASSERT_TRUE(results);
  EXPECT_EQ((*results)[0]->value(), WarmOutcome::kEncoded);
  EXPECT_EQ((*results)[1]->value(), WarmOutcome::kKnown);
  EXPECT_EQ((*results)[2]->error().code, "media_not_found");
  EXPECT_EQ((*results)[3]->error().code, "internal");
  EXPECT_EQ((*results)[4]->value(), WarmOutcome::kEncoded) << "a video without its name";
  EXPECT_EQ((*results)[5]->value(), WarmOutcome::kEncoded) << "a picture with a video's name";
  EXPECT_EQ((*results)[6]->error().code, "video_unsupported") << "neither";
  const WarmerStats stats = warmer_.stats();
  EXPECT_EQ(stats.encoded, 3u);
  EXPECT_EQ(stats.known, 1u);
  EXPECT_EQ(stats.refused, 3u);
  EXPECT_EQ(stats.running + stats.waiting, 0u);
}

TEST_F(WarmerTest, AnswersInTimeAndGoesOn) {
  auto answer = Warm({"1", "2", "3", "4", "5", "6"}, 1ms);
  while (answer.wait_for(0s) != std::future_status::ready) io_.run_one();
  for (const WarmResult& result : *answer.get()) EXPECT_FALSE(result);
  EXPECT_EQ(most_, 4u);
  EXPECT_EQ(warmer_.stats().waiting, 2u);
  Open();
  io_.restart();
  io_.run();
  EXPECT_EQ(warmer_.stats().encoded, 6u);
  EXPECT_EQ(most_, 4u);
}

TEST_F(WarmerTest, TakesAllOrNone) {
  auto first = Warm({"1", "2", "3", "4", "5", "6"}, 1ms);
  while (first.wait_for(0s) != std::future_status::ready) io_.run_one();
  auto second = Warm({"a", "b", "c", "d", "e", "f", "g"});
  io_.restart();
  io_.poll();
  const Answer refused = second.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "overloaded");
  EXPECT_GT(refused.error().retry_after.count(), 0);
  Open();
  io_.restart();
  io_.run();
  EXPECT_EQ(asked_.size(), 6u);
  auto long_ones = Warm({std::string(std::size_t{65} << 20, 'x')});
  io_.restart();
  io_.run();
  EXPECT_EQ(long_ones.get().error().code, "overloaded");
}

TEST_F(WarmerTest, StoppedItDropsWhatWaits) {
  auto answer = Warm({"1", "2", "3", "4", "5", "6"});
  io_.poll();
  warmer_.Stop();
  Open();
  io_.run();
  const Answer results = answer.get();
  EXPECT_EQ((*results)[0]->value(), WarmOutcome::kEncoded);
  EXPECT_EQ((*results)[5]->error().code, "draining");
  EXPECT_EQ(warmer_.stats().dropped, 2u);
  auto late = Warm({"7"});
  io_.restart();
  io_.run();
  EXPECT_EQ(late.get().error().code, "draining");
}

TEST_F(WarmerTest, StoppedItGivesUpWhatHangs) {
  auto answer = Warm({"hangs", "1", "hangs"});
  Open();
  io_.poll();
  EXPECT_EQ(warmer_.stats().running, 2u);
  warmer_.Stop();
  io_.poll();
  EXPECT_EQ(warmer_.stats().running, 0u);
  ASSERT_EQ(answer.wait_for(0s), std::future_status::ready);
  const Answer results = answer.get();
  EXPECT_EQ((*results)[0]->error().code, "draining");
  EXPECT_EQ((*results)[1]->value(), WarmOutcome::kEncoded);
  EXPECT_EQ((*results)[2]->error().code, "draining");
  EXPECT_EQ(warmer_.stats().dropped, 2u);
}

TEST_F(WarmerTest, ACallerThatLeavesChangesNothing) {
  asio::cancellation_signal leave;
  std::vector<WarmMedium> media = {WarmMediumOf({.url = "1"})};
  asio::co_spawn(io_, warmer_.Warm("m", std::move(media), {}, steady_clock::now() + 60s),
                 asio::bind_cancellation_slot(leave.slot(), [](const std::exception_ptr&, const Answer&) {}));
  io_.poll();
  leave.emit(asio::cancellation_type::terminal);
  io_.poll();
  Open();
  io_.restart();
  io_.run();
  EXPECT_EQ(warmer_.stats().encoded, 1u);
}

}  // namespace
}  // namespace vlr
