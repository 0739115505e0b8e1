#include "storage/byte_cache.h"

#include <utility>

namespace vlr {
namespace {

// List node, map node and the string's control block.
constexpr std::size_t kEntryOverheadBytes = 256;

}  // namespace

std::size_t ByteCache::CostOf(const Entry& entry) {
  return entry.bytes->size() + entry.key.size() + kEntryOverheadBytes;
}

void ByteCache::Erase(Entries::iterator it) {
  size_bytes_ -= CostOf(*it);
  by_key_.erase(it->key);
  entries_.erase(it);
}

ByteCache::Bytes ByteCache::Find(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto it = found->second;
  if (now >= it->expires) {
    Erase(it);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, it);
  return it->bytes;
}

void ByteCache::Insert(const std::string& key, Bytes bytes, Time now) {
  Entry entry{key, std::move(bytes), now + ttl_};
  const std::size_t cost = CostOf(entry);
  if (cost > max_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) Erase(found->second);
  while (size_bytes_ + cost > max_bytes_) Erase(std::prev(entries_.end()));
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  size_bytes_ += cost;
}

std::size_t ByteCache::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return size_bytes_;
}

}  // namespace vlr
