// Loads under way, each shared by everyone who waits for the same object. On the Fetcher's strand only, but
// for Join's initiation.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "storage/counters.h"
#include "storage/strand.h"

namespace vlr {

using LoadResult = Result<std::shared_ptr<const std::string>>;

// One caller that waits for a load. Handed over by shared_ptr; Finish is called once.
class LoadWaiter : public std::enable_shared_from_this<LoadWaiter> {
 public:
  explicit LoadWaiter(const Strand& strand) : timer_(strand) {}
  virtual ~LoadWaiter() = default;
  LoadWaiter(const LoadWaiter&) = delete;
  LoadWaiter& operator=(const LoadWaiter&) = delete;

  bool finished() const { return finished_; }
  void Finish(const boost::system::error_code& error, LoadResult result) {
    if (finished_) return;
    finished_ = true;
    timer_.cancel();
    Complete(error, std::move(result));
  }
  boost::asio::steady_timer& timer() { return timer_; }

 private:
  // Resumes the caller on its own executor.
  virtual void Complete(const boost::system::error_code& error, LoadResult result) = 0;

  boost::asio::steady_timer timer_;
  bool finished_ = false;
};

class Flights : public std::enable_shared_from_this<Flights> {
 public:
  // Does the loading; runs on the strand; cancelled when nobody waits any more.
  using Load = std::function<boost::asio::awaitable<LoadResult>()>;

  Flights(const Strand& strand, std::shared_ptr<StorageCounters> counters)
      : strand_(strand), counters_(std::move(counters)) {}

  // Starts `load`, or joins the one under way for `key`. The waiter is finished with its result, or with
  // media_timeout at the deadline.
  void Join(const std::string& key, SteadyTime deadline, std::shared_ptr<LoadWaiter> waiter,
            const Load& load);
  // Finishes the waiter with operation_aborted.
  void Cancel(const std::string& key, const std::shared_ptr<LoadWaiter>& waiter);
  // Cancels everything; later Joins are aborted.
  void Stop();

 private:
  struct Flight {
    std::vector<std::shared_ptr<LoadWaiter>> waiters;
    boost::asio::cancellation_signal cancel;
  };

  void Depart(const std::string& key, const std::shared_ptr<Flight>& flight, const Load& load);
  void Land(const std::string& key, const std::shared_ptr<Flight>& flight, const LoadResult& result);
  void Leave(const std::string& key, const std::shared_ptr<LoadWaiter>& waiter);

  Strand strand_;
  std::shared_ptr<StorageCounters> counters_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  bool stopped_ = false;
};

}  // namespace vlr
