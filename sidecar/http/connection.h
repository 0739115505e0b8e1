// One client's connection: its requests one after another.
#pragma once

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

  // Until the client leaves, breaks the rules, or the server drains.
  boost::asio::awaitable<void> Run();
  // Between two requests; Cancel ends Run then.
  bool idle() const { return idle_; }
  void Cancel() { transport_.Cancel(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Outcome { kGone, kRead, kRefused };
  struct Incoming;

  boost::asio::awaitable<bool> ServeOne();
  boost::asio::awaitable<bool> WaitForFirstByte();
  boost::asio::awaitable<Outcome> ReadHeader(Incoming& incoming);
  boost::asio::awaitable<Outcome> ReadBody(Incoming& incoming);
  boost::asio::awaitable<std::optional<Response>> Handle(const Request& request);
  boost::asio::awaitable<void> WatchForClose();
  boost::asio::awaitable<bool> Send(Incoming& incoming, Response response, bool keep_alive);
  void Report(const Incoming& incoming, const Response& response, std::size_t bytes) const;
  boost::asio::awaitable<void> Linger();
  Response Error(const Incoming& incoming, const Refusal& refusal) const;

  std::shared_ptr<ConnectionContext> context_;
  Transport transport_;
  boost::beast::flat_buffer buffer_;
  bool idle_ = true;
};

}  // namespace vlr::http
