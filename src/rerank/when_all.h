// Structured concurrency for coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

namespace vlr {

// Runs all tasks at once on the caller's executor and waits for every one. Cancelling the caller cancels them
// all; the first exception of a task is thrown once all have ended. An empty list is done at once.
boost::asio::awaitable<void> WhenAll(std::vector<boost::asio::awaitable<void>> tasks);

}  // namespace vlr
