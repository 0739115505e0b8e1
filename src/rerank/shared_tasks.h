// The same work asked for by several coroutines at once, done once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace vlr {

// REQUIRES that everything runs on one executor that runs one handler at a time. Tasks under way keep
// themselves alive; what they refer to must outlive them.
template <class T>
class SharedTasks {
 public:
  using Task = std::function<boost::asio::awaitable<Result<T>>()>;

  // Starts `task`, or joins the one under way for `key`, and gives its outcome; `late` at the deadline. The
  // task is cancelled when the last of those who wait for it has left. A cancelled caller leaves with
  // system_error(operation_aborted).
  boost::asio::awaitable<Result<T>> Join(std::string key, std::chrono::steady_clock::time_point deadline,
                                         Error late, Task task);

  std::uint64_t joined() const { return joined_; }

 private:
  using Timer = boost::asio::steady_timer;
  struct Shared {
    Task task;
    std::optional<Result<T>> outcome;
    std::list<Timer*> waiting;
    boost::asio::cancellation_signal cancel;
  };
  using Table = std::unordered_map<std::string, std::shared_ptr<Shared>>;

  // A caller's place among those who wait; gives it up on every way out.
  class Place {
   public:
    Place(SharedTasks& tasks, const std::string& key, std::shared_ptr<Shared> shared, Timer& timer)
        : tasks_(tasks), key_(key), shared_(std::move(shared)) {
      at_ = shared_->waiting.insert(shared_->waiting.end(), &timer);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      shared_->waiting.erase(at_);
      if (shared_->outcome || !shared_->waiting.empty()) return;
      Remove(*tasks_.table_, key_, shared_);
      shared_->cancel.emit(boost::asio::cancellation_type::terminal);
    }

   private:
    SharedTasks& tasks_;
    const std::string& key_;
    std::shared_ptr<Shared> shared_;
    typename std::list<Timer*>::iterator at_;
  };

  static void Remove(Table& table, const std::string& key, const std::shared_ptr<Shared>& shared) {
    const auto found = table.find(key);
    if (found != table.end() && found->second == shared) table.erase(found);
  }
  void Start(const boost::asio::any_io_executor& executor, const std::string& key,
             const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Table> table_ = std::make_shared<Table>();
  std::uint64_t joined_ = 0;
};

template <class T>
void SharedTasks<T>::Start(const boost::asio::any_io_executor& executor, const std::string& key,
                           const std::shared_ptr<Shared>& shared) {
  auto ended = [table = table_, key, shared](const std::exception_ptr& thrown, Result<T> outcome) {
    if (thrown) outcome = Error{"internal", "the work ended by an exception"};
    shared->outcome = std::move(outcome);
    Remove(*table, key, shared);
    for (Timer* timer : shared->waiting) timer->expires_at(std::chrono::steady_clock::time_point::min());
  };
  // The task is owned by `shared`, which `ended` keeps until the coroutine is over.
  boost::asio::co_spawn(executor, shared->task(),
                        boost::asio::bind_cancellation_slot(shared->cancel.slot(), std::move(ended)));
}

template <class T>
boost::asio::awaitable<Result<T>> SharedTasks<T>::Join(std::string key,
                                                       std::chrono::steady_clock::time_point deadline,
                                                       Error late, Task task) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Timer timer(executor, deadline);
  std::shared_ptr<Shared>& entry = (*table_)[key];
  const bool is_new = entry == nullptr;
  if (is_new) {
    entry = std::make_shared<Shared>();
    entry->task = std::move(task);
  } else {
    ++joined_;
  }
  const std::shared_ptr<Shared> shared = entry;
  const Place place(*this, key, shared, timer);
  if (is_new) Start(executor, key, shared);
  while (!shared->outcome) {
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    const auto cancelled = (co_await boost::asio::this_coro::cancellation_state).cancelled();
    if (cancelled != boost::asio::cancellation_type::none) {
      throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    if (!shared->outcome && std::chrono::steady_clock::now() >= deadline) co_return late;
  }
  co_return *shared->outcome;
}

}  // namespace vlr
