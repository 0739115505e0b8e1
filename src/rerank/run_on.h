// Blocking work off the socket thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace vlr {

// Runs a blocking function on the pool and resumes the caller on its own executor. What the function refers
// to must outlive the call; a cancelled caller still waits for the function to end. (co_spawn on another
// executor would pass the cancellation on through a pointer that can dangle there: Boost 1.81.)
template <class Function>
boost::asio::awaitable<std::invoke_result_t<Function>> RunOn(boost::asio::thread_pool& pool,
                                                             Function function) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  std::optional<std::invoke_result_t<Function>> value;
  std::exception_ptr failure;
  auto initiate = [&](auto handler) {
    auto resume = std::make_unique<decltype(handler)>(std::move(handler));
    asio::post(pool, [&function, &value, &failure, work = asio::make_work_guard(executor),
                      resume = std::move(resume)]() mutable {
      try {
        value.emplace(function());
      } catch (...) {
        failure = std::current_exception();
      }
      const auto home = work.get_executor();
      asio::post(home,
                 [work = std::move(work), resume = std::move(resume)]() mutable { std::move (*resume)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(initiate, asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  co_return std::move(*value);
}

}  // namespace vlr
