// The bridge from a caller's coroutine, on any executor, to a load on the Fetcher's strand. Asio's own
// co_spawn across two executors is not used for it: in Boost 1.81 a cancellation that meets the completion
// reads a freed signal.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "storage/flights.h"
#include "storage/strand.h"

namespace vlr {

template <class Handler>
class HandlerWaiter final : public LoadWaiter {
 public:
  HandlerWaiter(const Strand& strand, Handler handler)
      : LoadWaiter(strand),
        slot_(boost::asio::get_associated_cancellation_slot(handler)),
        work_(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler, strand))),
        handler_(std::move(handler)) {}

  boost::asio::cancellation_slot slot() { return slot_; }

 private:
  void Complete(const boost::system::error_code& error, LoadResult result) override {
    const auto executor = work_.get_executor();
    boost::asio::post(executor, [slot = slot_, handler = std::move(handler_), work = std::move(work_), error,
                                 result = std::move(result)]() mutable {
      if (slot.is_connected()) slot.clear();
      handler(error, std::move(result));
    });
  }

  using Work = decltype(boost::asio::make_work_guard(
      boost::asio::get_associated_executor(std::declval<Handler&>(), std::declval<const Strand&>())));
  boost::asio::cancellation_slot slot_;
  Work work_;
  Handler handler_;
};

// Nothing of the Fetcher is owned by the caller's frame while it waits: `flights` owns the waiter, which owns
// the frame.
inline auto AwaitLoad(const Strand& strand, const std::weak_ptr<Flights>& flights, std::string key,
                      SteadyTime deadline, Flights::Load load) {
  auto initiate = [strand, flights](auto&& handler, std::string key_in, SteadyTime deadline_in,
                                    Flights::Load load_in) {
    using Handler = std::decay_t<decltype(handler)>;
    const auto waiter =
        std::make_shared<HandlerWaiter<Handler>>(strand, std::forward<decltype(handler)>(handler));
    if (auto slot = waiter->slot(); slot.is_connected()) {
      const std::weak_ptr<LoadWaiter> waiting = waiter;
      slot.assign([strand, flights, key_in, waiting](boost::asio::cancellation_type type) {
        if ((type & boost::asio::cancellation_type::terminal) == boost::asio::cancellation_type::none) return;
        boost::asio::post(strand, [flights, key_in, waiting] {
          const auto all = flights.lock();
          const auto cancelled = waiting.lock();
          if (all && cancelled) all->Cancel(key_in, cancelled);
        });
      });
    }
    boost::asio::post(
        strand, [flights, waiter, key_in = std::move(key_in), deadline_in, load_in = std::move(load_in)] {
          if (const auto all = flights.lock()) {
            all->Join(key_in, deadline_in, waiter, load_in);
          } else {
            waiter->Finish(boost::asio::error::operation_aborted, {});
          }
        });
  };
  using Token = boost::asio::use_awaitable_t<>;
  return boost::asio::async_initiate<const Token, void(boost::system::error_code, LoadResult)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(key), deadline, std::move(load));
}

}  // namespace vlr
