#include "rerank/shared_tasks.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

namespace vlr {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

class SharedTasksTest : public testing::Test {
 protected:
  // Waits until it is let go; counts what happened to it.
  SharedTasks<int>::Task Waiting(int value) {
    return [this, value]() -> asio::awaitable<Result<int>> {
      ++started_;
      boost::system::error_code error;
      co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      if (cancelled != asio::cancellation_type::none) {
        ++cancelled_;
        throw boost::system::system_error(asio::error::operation_aborted);
      }
      co_return value;
    };
  }
  std::future<Result<int>> Join(const std::string& key, int value, steady_clock::duration timeout = 60s) {
    return asio::co_spawn(io_,
                          tasks_.Join(key, steady_clock::now() + timeout, {"late", "late"}, Waiting(value)),
                          asio::use_future);
  }
  void Open() { gate_.cancel(); }

  asio::io_context io_{1};
  asio::steady_timer gate_{io_, steady_clock::time_point::max()};
  SharedTasks<int> tasks_;
  int started_ = 0;
  int cancelled_ = 0;
};

TEST_F(SharedTasksTest, TheSameKeyRunsOnceAndEveryoneGetsIt) {
  auto one = Join("a", 1);
  auto two = Join("a", 2);
  auto other = Join("b", 3);
  io_.poll();
  EXPECT_EQ(started_, 2);
  Open();
  io_.run();
  EXPECT_EQ(one.get().value(), 1);
  EXPECT_EQ(two.get().value(), 1);
  EXPECT_EQ(other.get().value(), 3);
  EXPECT_EQ(tasks_.joined(), 1u);
  // Done is done: the next one starts anew.
  io_.restart();
  auto again = Join("a", 4);
  io_.poll();
  EXPECT_EQ(started_, 3);
  Open();
  io_.run();
  EXPECT_EQ(again.get().value(), 4);
}

TEST_F(SharedTasksTest, ItIsCancelledWhenTheLastOneLeaves) {
  asio::cancellation_signal first, second;
  int left = 0;
  for (auto* signal : {&first, &second}) {
    asio::co_spawn(
        io_, tasks_.Join("a", steady_clock::now() + 60s, {"late", "late"}, Waiting(1)),
        asio::bind_cancellation_slot(signal->slot(), [&left](const std::exception_ptr& thrown, const auto&) {
          EXPECT_TRUE(thrown);
          ++left;
        }));
  }
  io_.poll();
  EXPECT_EQ(started_, 1);
  first.emit(asio::cancellation_type::terminal);
  io_.poll();
  EXPECT_EQ(left, 1);
  EXPECT_EQ(cancelled_, 0);
  second.emit(asio::cancellation_type::terminal);
  io_.poll();
  EXPECT_EQ(left, 2);
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(SharedTasksTest, EveryoneLeavesAtTheirOwnDeadline) {
  auto hurried = Join("a", 1, 10ms);
  auto patient = Join("a", 1);
  while (hurried.wait_for(0s) != std::future_status::ready) io_.run_one();
  EXPECT_EQ(hurried.get().error().code, "late");
  EXPECT_EQ(cancelled_, 0);
  Open();
  io_.run();
  EXPECT_EQ(patient.get().value(), 1);
  io_.restart();
  auto alone = Join("a", 1, 10ms);
  io_.run();
  EXPECT_EQ(alone.get().error().code, "late");
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(SharedTasksTest, ErrorsAndExceptionsReachEveryone) {
  const auto fail = []() -> asio::awaitable<Result<int>> { co_return Error{"broken", "x"}; };
  const auto raise = []() -> asio::awaitable<Result<int>> {
    throw std::runtime_error("x");
    co_return 1;
  };
  auto failed =
      asio::co_spawn(io_, tasks_.Join("a", steady_clock::now() + 60s, {"late", ""}, fail), asio::use_future);
  auto raised =
      asio::co_spawn(io_, tasks_.Join("b", steady_clock::now() + 60s, {"late", ""}, raise), asio::use_future);
  io_.run();
  EXPECT_EQ(failed.get().error().code, "broken");
  EXPECT_EQ(raised.get().error().code, "internal");
}

}  // namespace
}  // namespace vlr
