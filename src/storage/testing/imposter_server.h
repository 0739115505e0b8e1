// A server that answers as a test tells it to, byte for byte, over real sockets.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "storage/testing/certificates.h"

namespace vlr::testing {

// The other end of one connection, inside a play.
class Peer {
 public:
  virtual ~Peer() = default;
  // False when the client is gone.
  virtual bool Send(std::string_view bytes) = 0;
  // Returns when the client has closed its end, or the server is going down.
  virtual void WaitForHangup() = 0;
};

// Answers one request. True: the connection may carry another.
using Play = std::function<bool(Peer&)>;

using Fields = std::vector<std::pair<std::string, std::string>>;
Play Reply(unsigned status, const std::string& body, const Fields& fields = {});
Play Redirect(unsigned status, const std::string& location);
// The bytes as they are, then the connection is closed.
Play Raw(const std::string& bytes);
// `head`, then `unit` over and over for as long as the client listens.
Play Endless(const std::string& head, const std::string& unit);
// `head`, then a byte every few milliseconds.
Play Drip(const std::string& head);
// Nothing at all until the client hangs up.
Play Silence();
// The first play, then the second, …; the last one from then on.
Play InTurn(std::vector<Play> plays);

struct ImposterOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                    // 0: any
  const Certificate* certificate = nullptr;  // null: no TLS
  int max_tls_version = 0;                   // 0: the newest
};

// Thread safe.
class ImposterServer {
 public:
  explicit ImposterServer(const ImposterOptions& options = {});
  ~ImposterServer();
  ImposterServer(const ImposterServer&) = delete;
  ImposterServer& operator=(const ImposterServer&) = delete;

  // Targets without a play are answered with 404.
  void On(const std::string& target, Play play);

  std::uint16_t port() const { return port_; }
  std::string Url(const std::string& target, const std::string& host = "good.test") const;
  std::vector<std::string> requests() const;  // heads, in the order they came
  std::size_t connections() const { return connections_; }
  std::size_t open_connections() const { return open_; }
  std::size_t bytes_sent() const { return bytes_sent_; }

 private:
  class Socket;
  void Accept();
  void Serve(int fd);
  Play Find(const std::string& target);

  ImposterOptions options_;
  std::shared_ptr<void> tls_;  // SSL_CTX
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> bytes_sent_{0};
  mutable std::mutex mutex_;
  std::map<std::string, Play> plays_;
  std::vector<std::string> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace vlr::testing
