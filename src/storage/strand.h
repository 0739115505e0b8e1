// Sockets, pool and flights of one Fetcher share a strand: nothing on it needs a lock.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace vlr {

using Strand = boost::asio::strand<boost::asio::any_io_executor>;
using SteadyTime = std::chrono::steady_clock::time_point;

// `co_await operation(…, kAwaitTuple)` gives a tuple whose first element is the error code.
inline constexpr auto kAwaitTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace vlr
