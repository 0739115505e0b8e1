#include "storage/flights.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <exception>
#include <utility>

#include "storage/error_codes.h"

namespace vlr {

namespace asio = boost::asio;

void Flights::Join(const std::string& key, SteadyTime deadline, std::shared_ptr<LoadWaiter> waiter,
                   const Load& load) {
  if (waiter->finished()) return;
  if (stopped_) {
    waiter->Finish(asio::error::operation_aborted, {});
    return;
  }
  waiter->timer().expires_at(deadline);
  waiter->timer().async_wait([self = weak_from_this(), key,
                              waiting = std::weak_ptr(waiter)](const boost::system::error_code& error) {
    const auto flights = self.lock();
    const auto late = waiting.lock();
    if (error || !flights || !late) return;
    late->Finish({}, Error{std::string(kMediaTimeout), "the deadline passed while the object was fetched"});
    flights->Leave(key, late);
  });
  auto& flight = flights_[key];
  const bool is_new = flight == nullptr;
  if (is_new) flight = std::make_shared<Flight>();
  flight->waiters.push_back(std::move(waiter));
  if (is_new) {
    Depart(key, flight, load);
  } else {
    ++counters_->joined;
  }
}

void Flights::Depart(const std::string& key, const std::shared_ptr<Flight>& flight, const Load& load) {
  auto landed = [self = shared_from_this(), key, flight](const std::exception_ptr& thrown,
                                                         LoadResult result) {
    // Cancelled loads end by an exception that nobody waits for; what is left is a lack of memory or
    // descriptors.
    if (thrown) result = Error{std::string(kMediaUnreachable), "the object could not be fetched"};
    self->Land(key, flight, result);
  };
  asio::co_spawn(strand_, load(), asio::bind_cancellation_slot(flight->cancel.slot(), std::move(landed)));
}

void Flights::Land(const std::string& key, const std::shared_ptr<Flight>& flight, const LoadResult& result) {
  const auto found = flights_.find(key);
  if (found != flights_.end() && found->second == flight) flights_.erase(found);
  for (const auto& waiter : std::exchange(flight->waiters, {})) waiter->Finish({}, result);
}

void Flights::Cancel(const std::string& key, const std::shared_ptr<LoadWaiter>& waiter) {
  if (waiter->finished()) return;
  ++counters_->cancelled;
  waiter->Finish(asio::error::operation_aborted, {});
  Leave(key, waiter);
}

void Flights::Leave(const std::string& key, const std::shared_ptr<LoadWaiter>& waiter) {
  const auto found = flights_.find(key);
  if (found == flights_.end()) return;
  const auto flight = found->second;
  if (std::erase(flight->waiters, waiter) == 0 || !flight->waiters.empty()) return;
  flights_.erase(found);
  flight->cancel.emit(asio::cancellation_type::terminal);
}

void Flights::Stop() {
  stopped_ = true;
  for (const auto& [key, flight] : std::exchange(flights_, {})) {
    for (const auto& waiter : std::exchange(flight->waiters, {})) {
      waiter->Finish(asio::error::operation_aborted, {});
    }
    flight->cancel.emit(asio::cancellation_type::terminal);
  }
}

}  // namespace vlr
