// Ends a read when its time is over.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "sidecar/http/transport.h"

namespace vlr::http {

// Interrupts what reads from the connection while this lives. Beast's own timeout would close the socket, and
// the client could not be told why.
class ReadDeadline {
 public:
  ReadDeadline(Transport& transport, std::chrono::milliseconds time)
      : timer_(transport.get_executor(), time) {
    timer_.async_wait([state = state_, &transport](boost::system::error_code error) {
      if (error || state->over) return;
      state->fired = true;
      transport.Cancel();
    });
  }
  ~ReadDeadline() { state_->over = true; }
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

  bool fired() const { return state_->fired; }

 private:
  struct State {
    bool over = false;
    bool fired = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  boost::asio::steady_timer timer_;
};

}  // namespace vlr::http
