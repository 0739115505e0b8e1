// Host name → addresses. What it gives is not yet trusted: the address guard looks at every one.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace vlr {

// Implementations are thread safe.
class Resolver {
 public:
  using Done = std::function<void(Result<std::vector<boost::asio::ip::address>>)>;
  virtual ~Resolver() = default;
  // Calls `done` once, on any thread, perhaps before it returns. Error: media_unreachable.
  virtual void Resolve(const std::string& host, Done done) = 0;
};

// getaddrinfo on the threads of a pool, so that one slow name does not hold up the others. REQUIRES: the pool
// outlives it.
class SystemResolver : public Resolver {
 public:
  explicit SystemResolver(boost::asio::thread_pool& pool) : pool_(pool) {}
  void Resolve(const std::string& host, Done done) override;

 private:
  boost::asio::thread_pool& pool_;
};

}  // namespace vlr
