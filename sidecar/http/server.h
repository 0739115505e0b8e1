// HTTP/1.1 on Boost.Beast, with TLS or without: one listener, a coroutine a connection, every wait and every
// size bounded.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "sidecar/http/cors.h"
#include "sidecar/http/gate.h"
#include "sidecar/http/router.h"

namespace vlr::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;                    // 0: any free one
  std::string section = "server";  // of the settings that host and port come from, for error messages
  int max_connections = 1024;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_body_bytes = std::size_t{16} << 20;
  std::chrono::milliseconds header_timeout{10'000};  // of the TLS handshake as well
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{30'000};
};

// One answered request, for logs and metrics. Status 499: the client left before the answer.
struct AccessRecord {
  std::string method;
  std::string path;
  std::string request_id;
  std::string traceparent;  // as the client sent it; empty when it is not well formed
  std::string caller;       // the name of its API key
  int status = 0;
  std::string error_code;  // of an answer that is an error
  std::chrono::nanoseconds duration{};
  std::vector<StageTime> stages;
  std::size_t request_bytes = 0;
  std::size_t response_bytes = 0;
};
using AccessLog = std::function<void(const AccessRecord&)>;

// All calls on the thread that runs the io_context, which must be one.
class Server {
 public:
  // The router must outlive the server. Errors: "address_unavailable".
  static Result<std::unique_ptr<Server>> Listen(boost::asio::io_context& io, ServerOptions options,
                                                const Router& router, AccessLog access_log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Each holds for what comes from then on: connections (SetTls; null: plain) or requests. Before the first
  // call there is no TLS, everyone is let in, and no other origin.
  void SetTls(std::shared_ptr<boost::asio::ssl::context> tls);
  void SetGate(Gate gate);
  void SetCors(Cors cors);

  int port() const;
  // Stops accepting; idle connections close, busy ones after their answer ("Connection: close").
  void Drain();
  int busy_connections() const;
  int open_connections() const;

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace vlr::http
