// Blocking work off the socket thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <type_traits>
#include <utility>

namespace vlr {

// Runs a blocking function on the pool and resumes the caller on its own executor. What the function refers
// to must outlive the call; a cancelled caller still waits for the function to end.
template <class Function>
boost::asio::awaitable<std::invoke_result_t<Function>> RunOn(boost::asio::thread_pool& pool,
                                                             Function function) {
  using Value = std::invoke_result_t<Function>;
  auto task = [](Function work) -> boost::asio::awaitable<std::optional<Value>> { co_return work(); };
  auto running = task(std::move(function));
  std::optional<Value> value =
      co_await boost::asio::co_spawn(pool, std::move(running), boost::asio::use_awaitable);
  co_return std::move(*value);
}

}  // namespace vlr
