// Fetched objects by URL: bounded by bytes, least recently used first out, shown for a limited time.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vlr {

// Thread safe. The bytes are shared: an entry that goes lives on with those who hold it.
class ByteCache {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  using Time = std::chrono::steady_clock::time_point;

  ByteCache(std::size_t max_bytes, std::chrono::milliseconds ttl) : max_bytes_(max_bytes), ttl_(ttl) {}

  // Null when there is none that is fresh at `now`.
  Bytes Find(const std::string& key, Time now);
  // Drops nothing and keeps nothing when the entry alone is over the bound.
  void Insert(const std::string& key, Bytes bytes, Time now);
  // Counted: bytes, keys and a fixed cost an entry.
  std::size_t size_bytes() const;

 private:
  struct Entry {
    std::string key;
    Bytes bytes;
    Time expires;
  };
  using Entries = std::list<Entry>;  // most recently used first

  static std::size_t CostOf(const Entry& entry);
  void Erase(Entries::iterator it);

  mutable std::mutex mutex_;
  const std::size_t max_bytes_;
  const std::chrono::milliseconds ttl_;
  std::size_t size_bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views of Entry::key
};

}  // namespace vlr
