#include "storage/testing/imposter_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace vlr::testing {

Play Reply(unsigned status, const std::string& body, const Fields& fields) {
  std::string text =
      "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size());
  for (const auto& [name, value] : fields) text.append("\r\n").append(name).append(": ").append(value);
  text.append("\r\n\r\n").append(body);
  return [text](Peer& peer) { return peer.Send(text); };
}

Play Redirect(unsigned status, const std::string& location) {
  return Reply(status, "", {{"Location", location}});
}

Play Raw(const std::string& bytes) {
  return [bytes](Peer& peer) {
    peer.Send(bytes);
    return false;
  };
}

Play Endless(const std::string& head, const std::string& unit) {
  return [head, unit](Peer& peer) {
    if (!peer.Send(head)) return false;
    while (peer.Send(unit)) {
    }
    return false;
  };
}

Play Drip(const std::string& head) {
  return [head](Peer& peer) {
    if (!peer.Send(head)) return false;
    while (peer.Send("x")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return false;
  };
}

Play Silence() {
  return [](Peer& peer) {
    peer.WaitForHangup();
    return false;
  };
}

Play InTurn(std::vector<Play> plays) {
  const auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [plays = std::move(plays), next](Peer& peer) {
    return plays[std::min((*next)++, plays.size() - 1)](peer);
  };
}

class ImposterServer::Socket : public Peer {
 public:
  Socket(ImposterServer* server, int fd) : server_(server), fd_(fd) {}
  ~Socket() override {
    if (ssl_ != nullptr) SSL_free(ssl_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool Handshake(SSL_CTX* context) {
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, fd_);
    return SSL_accept(ssl_) == 1;
  }

  // Up to and including the empty line; empty when the client is gone.
  std::string ReadHead() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      char byte = 0;
      const ssize_t n = ssl_ != nullptr ? SSL_read(ssl_, &byte, 1) : ::recv(fd_, &byte, 1, 0);
      if (n <= 0) return {};
      head += byte;
    }
    return head;
  }

  bool Send(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (server_->stopping_) return false;
      const ssize_t n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                        : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      server_->bytes_sent_ += static_cast<std::size_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  void WaitForHangup() override {
    pollfd poll{fd_, POLLRDHUP, 0};
    constexpr int kMillisecondsBetweenLooks = 50;
    while (!server_->stopping_ && ::poll(&poll, 1, kMillisecondsBetweenLooks) == 0) {
    }
  }

 private:
  ImposterServer* server_;
  int fd_;
  SSL* ssl_ = nullptr;
};

ImposterServer::ImposterServer(const ImposterOptions& options) : options_(options) {
  std::signal(SIGPIPE, SIG_IGN);  // SSL_write
  if (options.certificate != nullptr) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    tls_ = std::shared_ptr<void>(context, [](void* p) { SSL_CTX_free(static_cast<SSL_CTX*>(p)); });
    SSL_CTX_use_certificate(context, options.certificate->x509.get());
    SSL_CTX_use_PrivateKey(context, options.certificate->key.get());
    if (options.max_tls_version != 0) {
      SSL_CTX_set_min_proto_version(context, 0);
      SSL_CTX_set_max_proto_version(context, options.max_tls_version);
      SSL_CTX_set_security_level(context, 0);
    }
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  ::inet_pton(AF_INET, options.address.c_str(), &address.sin_addr);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen on " + options.address);
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ImposterServer::~ImposterServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int fd : sockets_) ::close(fd);
}

void ImposterServer::On(const std::string& target, Play play) {
  const std::lock_guard lock(mutex_);
  plays_[target] = std::move(play);
}

std::string ImposterServer::Url(const std::string& target, const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + target;
}

std::vector<std::string> ImposterServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Play ImposterServer::Find(const std::string& target) {
  const std::lock_guard lock(mutex_);
  const auto found = plays_.find(target);
  return found == plays_.end() ? Reply(404, "") : found->second;
}

void ImposterServer::Accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(fd);
    ++open_;
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void ImposterServer::Serve(int fd) {
  {
    Socket socket(this, fd);
    bool more = tls_ == nullptr || socket.Handshake(static_cast<SSL_CTX*>(tls_.get()));
    while (more) {
      const std::string head = socket.ReadHead();
      const std::size_t begin = head.find(' ') + 1;
      if (head.empty() || begin == 0) break;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(head);
      }
      more = Find(head.substr(begin, head.find(' ', begin) - begin))(socket);
    }
  }
  // The descriptor stays ours until the end, so that its number is not another's when the server shuts it
  // down.
  --open_;
  ::shutdown(fd, SHUT_RDWR);
}

}  // namespace vlr::testing
