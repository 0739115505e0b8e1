// One value, handed by any thread to one coroutine that waits for it until a deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "storage/strand.h"

namespace vlr {

// Held by shared_ptr on both sides: the one that waits may give up while the other is still at work.
template <class T>
class OneShot : public std::enable_shared_from_this<OneShot<T>> {
 public:
  explicit OneShot(const Strand& strand) : strand_(strand), timer_(strand) {}

  // Any thread. What comes after the first value is dropped.
  void Set(T value) {
    boost::asio::post(strand_, [self = this->shared_from_this(), value = std::move(value)]() mutable {
      if (self->value_) return;
      self->value_.emplace(std::move(value));
      self->timer_.cancel();
    });
  }

  // On the strand, once. Nothing when the deadline passed or the coroutine was cancelled first.
  boost::asio::awaitable<std::optional<T>> Wait(SteadyTime deadline) {
    if (!value_) {
      timer_.expires_at(deadline);
      co_await timer_.async_wait(kAwaitTuple);
    }
    co_return std::move(value_);
  }

 private:
  Strand strand_;
  boost::asio::steady_timer timer_;
  std::optional<T> value_;
};

}  // namespace vlr
