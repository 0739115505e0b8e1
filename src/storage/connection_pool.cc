#include "storage/connection_pool.h"

#include <algorithm>
#include <utility>

#include "storage/error_codes.h"

namespace vlr {

boost::asio::awaitable<Result<ConnectionPool::Slot>> ConnectionPool::Acquire(std::string origin_key,
                                                                             SteadyTime deadline) {
  OriginState& state = origins_[origin_key];
  if (state.in_use < limits_.per_origin) {
    ++state.in_use;
    co_return Slot(this, std::move(origin_key));
  }
  const auto waiting = std::make_shared<Waiting>(strand_);
  state.queue.push_back(waiting);
  waiting->timer.expires_at(deadline);
  co_await waiting->timer.async_wait(kAwaitTuple);
  // Granted in the same turn as cancelled or late: it is ours, and goes on when the caller drops it.
  if (waiting->granted) co_return Slot(this, std::move(origin_key));
  std::erase(origins_[origin_key].queue, waiting);
  co_return Error{std::string(kMediaTimeout), "no connection to the server became free in time"};
}

void ConnectionPool::Release(const std::string& origin_key) {
  const auto found = origins_.find(origin_key);
  OriginState& state = found->second;
  if (!state.queue.empty()) {
    const auto next = std::move(state.queue.front());
    state.queue.pop_front();
    next->granted = true;
    next->timer.cancel();
    return;
  }
  if (--state.in_use == 0) origins_.erase(found);
}

void ConnectionPool::DropExpired() {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!idle_.empty() && now - idle_.front().since > limits_.idle_timeout) idle_.pop_front();
}

std::unique_ptr<Connection> ConnectionPool::TakeIdle(const std::string& origin_key) {
  DropExpired();
  // The one used last is the likeliest to be open still.
  for (auto it = idle_.rbegin(); it != idle_.rend();) {
    if (it->origin_key != origin_key) {
      ++it;
      continue;
    }
    auto connection = std::move(it->connection);
    it = std::make_reverse_iterator(idle_.erase(std::next(it).base()));
    if (connection->IsStillOpen()) return connection;
  }
  return nullptr;
}

void ConnectionPool::PutIdle(const std::string& origin_key, std::unique_ptr<Connection> connection) {
  DropExpired();
  idle_.push_back({origin_key, std::move(connection), std::chrono::steady_clock::now()});
  if (idle_.size() > limits_.idle) idle_.pop_front();
}

}  // namespace vlr
