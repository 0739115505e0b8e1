// The time by which the operations of a socket must be over.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace vlr::http {

// Closes the socket when the time is there. The time may be moved as often as one likes: a timer is set only
// where none is due before it, and looks when it fires whether the time has moved on. Not thread safe.
class Expiry {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The socket must outlive this.
  explicit Expiry(boost::asio::ip::tcp::socket& socket) : state_(std::make_shared<State>(socket)) {}
  Expiry(const Expiry&) = delete;
  Expiry& operator=(const Expiry&) = delete;

  void Set(Time time);
  void Clear() { state_->time = Time::max(); }

 private:
  struct State {
    explicit State(boost::asio::ip::tcp::socket& of) : socket(of), timer(of.get_executor()) {}
    boost::asio::ip::tcp::socket& socket;
    boost::asio::steady_timer timer;
    Time time = Time::max();
    Time due = Time::max();  // when the timer fires
  };
  static void SetTimer(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // no longer than this, whatever waits
};

}  // namespace vlr::http
