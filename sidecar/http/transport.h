// A TCP connection, with TLS on it or without: one stream type for both.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "sidecar/http/expiry.h"

namespace vlr::http {

// Models Beast's AsyncReadStream and AsyncWriteStream. Not thread safe; operations end by cancellation, by
// the time given to ExpireAfter, or by Cancel.
class Transport {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  // `tls` null: plain. The context may be replaced by another for later connections; this one keeps its own.
  Transport(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
      : tls_context_(std::move(tls)), tcp_(std::move(socket)), expiry_(tcp_) {
    if (tls_context_) secure_.emplace(tcp_, *tls_context_);
  }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  executor_type get_executor() { return tcp_.get_executor(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (secure_) return secure_->async_read_some(buffers, std::forward<Token>(token));
    return tcp_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (secure_) return secure_->async_write_some(buffers, std::forward<Token>(token));
    return tcp_.async_write_some(buffers, std::forward<Token>(token));
  }

  // The TLS handshake, where there is TLS. False when it failed or took too long.
  boost::asio::awaitable<bool> Handshake(std::chrono::milliseconds time);
  // Says goodbye and ends the sending side, waiting for the peer no longer than `time`.
  boost::asio::awaitable<void> Close(std::chrono::milliseconds time);

  // The peer reads the end of what was sent; reading goes on.
  void EndSending();
  // Of all operations, those under way included; the connection is closed when it is over.
  void ExpireAfter(std::chrono::milliseconds time) { expiry_.Set(std::chrono::steady_clock::now() + time); }
  void ExpireNever() { expiry_.Clear(); }
  // Ends the operations under way with operation_aborted; the connection stays usable.
  void Cancel();

 private:
  std::shared_ptr<boost::asio::ssl::context> tls_context_;
  boost::asio::ip::tcp::socket tcp_;
  Expiry expiry_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> secure_;
};

}  // namespace vlr::http
