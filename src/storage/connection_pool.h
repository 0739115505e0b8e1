// Idle connections kept for reuse, and a bound on the connections to one origin. On the Fetcher's strand
// only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "storage/connection.h"
#include "storage/strand.h"

namespace vlr {

class ConnectionPool {
 public:
  struct Limits {
    std::size_t per_origin = 1;
    std::size_t idle = 0;  // over all origins
    std::chrono::milliseconds idle_timeout{0};
  };

  // The right to one connection to its origin; gives it on when it goes.
  class Slot {
   public:
    Slot(ConnectionPool* pool, std::string key) : pool_(pool), key_(std::move(key)) {}
    Slot(Slot&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), key_(std::move(other.key_)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (pool_ != nullptr) pool_->Release(key_);
    }

   private:
    ConnectionPool* pool_;
    std::string key_;
  };

  ConnectionPool(const Strand& strand, const Limits& limits) : strand_(strand), limits_(limits) {}
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // First come, first served. Error: media_timeout. The pool outlives the Slot.
  boost::asio::awaitable<Result<Slot>> Acquire(std::string origin_key, SteadyTime deadline);

  // A connection that was idle and is still open, or null.
  std::unique_ptr<Connection> TakeIdle(const std::string& origin_key);
  // Keeps it; the one that has been idle longest goes when there are too many.
  void PutIdle(const std::string& origin_key, std::unique_ptr<Connection> connection);

 private:
  struct Waiting {
    explicit Waiting(const Strand& strand) : timer(strand) {}
    boost::asio::steady_timer timer;
    bool granted = false;
  };
  struct OriginState {
    std::size_t in_use = 0;
    std::deque<std::shared_ptr<Waiting>> queue;
  };
  struct Idle {
    std::string origin_key;
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };

  void Release(const std::string& origin_key);
  void DropExpired();

  Strand strand_;
  Limits limits_;
  std::unordered_map<std::string, OriginState> origins_;
  std::list<Idle> idle_;  // oldest first
};

}  // namespace vlr
