// A coroutine's wait for something that another thread does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace vlr {

// REQUIRES an executor that runs one handler at a time, the one of the coroutine that waits.
class WakeableWait {
 public:
  WakeableWait(const boost::asio::any_io_executor& executor, std::chrono::steady_clock::time_point until)
      : executor_(executor), timer_(std::make_shared<boost::asio::steady_timer>(executor, until)) {}

  // Ends the wait, also one that starts only afterwards. May be called from any thread, and outlive the wait.
  std::function<void()> waker() const {
    return [executor = executor_, timer = timer_] {
      boost::asio::post(executor,
                        [timer] { timer->expires_at(std::chrono::steady_clock::time_point::min()); });
    };
  }

  // Until woken, cancelled or the time is there; what it was, the caller finds out.
  boost::asio::awaitable<void> Wait() {
    boost::system::error_code ignored;
    co_await timer_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<boost::asio::steady_timer> timer_;
};

}  // namespace vlr
