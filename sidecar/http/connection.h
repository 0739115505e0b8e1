// One client's connection: its requests one after another.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "sidecar/http/request_check.h"
#include "sidecar/http/server.h"
#include "sidecar/http/transport.h"

namespace vlr::http {

// What the connections of one server share.
struct ConnectionContext {
  ServerOptions options;
  const Router& router;
  AccessLog access_log;
  std::shared_ptr<boost::asio::ssl::context> tls;
  Gate gate;
  Cors cors;
  bool draining = false;
  int busy = 0;  // requests between their first byte and the last byte of their answer
};

class Connection {
 public:
  Connection(std::shared_ptr<ConnectionContext> context, boost::asio::ip::tcp::socket socket);

  // Until the client leaves, breaks the rules, or the server drains. REQUIRES a coroutine with leaves() as
  // its cancellation slot: by it a request ends whose client has gone.
  boost::asio::awaitable<void> Run();
  boost::asio::cancellation_slot leaves() { return leaves_.slot(); }
  // Between two requests; Cancel ends Run then.
  bool idle() const { return idle_; }
  void Cancel() { transport_.Cancel(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Outcome { kGone, kRead, kRefused };
  struct Incoming;

  boost::asio::awaitable<bool> ServeOne();
  // Reads into the buffer, of which nothing may be taken meanwhile. Between two requests these are the first
  // bytes of the next one; while one is handled it shows whether the client leaves, and it goes on over the
  // answer.
  void StartReading();
  // Until the read under way is over, which is begun where there is none.
  boost::asio::awaitable<boost::system::error_code> ReadMore();
  // Reads until `take`, which is called with an error to set, says that it has all; no longer than `time`:
  // beast::error::timeout.
  template <class Take>
  boost::asio::awaitable<boost::system::error_code> ReadUntil(const Take& take,
                                                              std::chrono::milliseconds time);
  // Gives the parser the next element of the buffer. False when it failed or, which is no error, wants more.
  bool Feed(Parser& parser, boost::system::error_code* error);
  // Nothing is read from then on, and the buffer may be taken from.
  boost::asio::awaitable<void> StopReading();
  // Until the read under way is over, or sooner.
  boost::asio::awaitable<void> Arrival();
  boost::asio::awaitable<bool> WaitForFirstByte();
  boost::asio::awaitable<Outcome> ReadHeader(Incoming& incoming);
  boost::asio::awaitable<Outcome> ReadBody(Incoming& incoming);
  // Moves what has come of a body to the request; true when that is all of it.
  bool TakeBody(Incoming& incoming, boost::system::error_code* error);
  boost::asio::awaitable<std::optional<Response>> Handle(Request& request);
  boost::asio::awaitable<bool> Send(Incoming& incoming, Response response, bool keep_alive);
  void Report(const Incoming& incoming, const Response& response, std::size_t bytes) const;
  boost::asio::awaitable<void> Linger();
  Response Error(const Incoming& incoming, const Refusal& refusal) const;

  std::shared_ptr<ConnectionContext> context_;
  Transport transport_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer arrival_;  // never fires; cancelled when the read under way is over
  boost::asio::cancellation_signal leaves_;
  boost::system::error_code read_error_;  // of the last read ahead; nothing more comes
  bool reading_ = false;                  // ahead
  bool handling_ = false;
  bool idle_ = true;
};

}  // namespace vlr::http
