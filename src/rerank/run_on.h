// Blocking work off the socket thread.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace vlr {

// Calls with the token when the function takes one.
template <class Function>
decltype(auto) CallWithStop(Function& function, const std::stop_token& stop) {
  if constexpr (std::is_invocable_v<Function&, const std::stop_token&>) {
    return function(stop);
  } else {
    return function();
  }
}

// Runs a blocking function on the pool and resumes the caller on its own executor. What the function refers
// to must outlive the call. A cancelled caller still waits for the function to end, which is asked to by the
// std::stop_token that it may take. (co_spawn on another executor would pass the cancellation on through a
// pointer that can dangle there: Boost 1.81.)
template <class Function>
auto RunOn(boost::asio::thread_pool& pool, Function function) -> boost::asio::awaitable<
    std::remove_cvref_t<decltype(CallWithStop(function, std::declval<const std::stop_token&>()))>> {
  namespace asio = boost::asio;
  using Value = std::remove_cvref_t<decltype(CallWithStop(function, std::declval<const std::stop_token&>()))>;
  const auto executor = co_await asio::this_coro::executor;
  std::optional<Value> value;
  std::exception_ptr failure;
  std::stop_source stop;
  auto initiate = [&](auto handler) {
    auto resume = std::make_unique<decltype(handler)>(std::move(handler));
    auto slot = asio::get_associated_cancellation_slot(*resume);
    if (slot.is_connected()) {
      slot.assign([&stop](asio::cancellation_type type) {
        if ((type & asio::cancellation_type::terminal) != asio::cancellation_type::none) stop.request_stop();
      });
    }
    asio::post(pool, [&function, &value, &failure, token = stop.get_token(), slot,
                      work = asio::make_work_guard(executor), resume = std::move(resume)]() mutable {
      try {
        value.emplace(CallWithStop(function, token));
      } catch (...) {
        failure = std::current_exception();
      }
      const auto home = work.get_executor();
      asio::post(home, [slot, work = std::move(work), resume = std::move(resume)]() mutable {
        if (slot.is_connected()) slot.clear();
        std::move (*resume)();
      });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(initiate, asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  co_return std::move(*value);
}

}  // namespace vlr
