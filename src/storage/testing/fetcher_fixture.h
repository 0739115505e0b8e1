// A Fetcher on a real event loop with several threads, for tests.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "storage/fetcher.h"

namespace vlr::testing {

// Stands in a future's Error for the operation_aborted that Fetch threw: an exception itself is not handed to
// another thread, because libstdc++ counts its references where ThreadSanitizer does not see it.
inline constexpr std::string_view kAborted = "aborted";

// Names and their addresses; each list is given out in turn, the last one from then on.
class MapResolver : public Resolver {
 public:
  void Set(const std::string& host, std::deque<std::vector<std::string>> answers);
  void Resolve(const std::string& host, Done done) override;
  std::size_t lookups() const;
  // Lookups of `host` are never answered.
  void Hang(const std::string& host);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<std::vector<std::string>>> answers_;
  std::vector<Done> hanging_;
  std::string hangs_;
  std::size_t lookups_ = 0;
};

class TestClock : public Clock {
 public:
  std::chrono::system_clock::time_point Now() const override { return wall; }
  std::chrono::steady_clock::time_point SteadyNow() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_ms.load()));
  }

  std::chrono::system_clock::time_point wall{std::chrono::seconds(1440938160)};  // 20150830T123600Z
  std::atomic<long> steady_ms{0};
};

// Hosts: good.test is 127.0.0.1 and allowed; private.test is 127.0.0.1 and not allowed.
class FetcherTest : public ::testing::Test {
 protected:
  FetcherTest();
  ~FetcherTest() override;

  // (Re)makes the fetcher from `options`.
  void Start();
  // An object's bytes, or an error's code; waits.
  std::string Get(const std::string& url, std::size_t max_bytes = SIZE_MAX);
  Result<Bytes> Fetch(FetchRequest request);
  // Under way; kAborted when Fetch throws.
  std::future<Result<Bytes>> Begin(FetchRequest request, boost::asio::cancellation_signal* cancel = nullptr);
  // Runs on the event loop's strand that Begin's coroutines run on.
  void Cancel(boost::asio::cancellation_signal* cancel);
  // Waits for what the event loop or a server will make true.
  static void Until(const std::function<bool()>& condition);

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::strand<boost::asio::io_context::executor_type> caller_;
  std::vector<std::thread> threads_;
  std::shared_ptr<MapResolver> resolver_ = std::make_shared<MapResolver>();
  std::shared_ptr<TestClock> clock_ = std::make_shared<TestClock>();
  StorageOptions options_;
  std::unique_ptr<Fetcher> fetcher_;
};

}  // namespace vlr::testing
