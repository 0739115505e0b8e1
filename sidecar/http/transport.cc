#include "sidecar/http/transport.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vlr::http {

namespace asio = boost::asio;

asio::awaitable<bool> Transport::Handshake(std::chrono::milliseconds time) {
  boost::system::error_code error;
  tcp_.set_option(asio::ip::tcp::no_delay(true), error);
  if (!secure_) co_return true;
  error = {};
  ExpireAfter(time);
  co_await secure_->async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<void> Transport::Close(std::chrono::milliseconds time) {
  boost::system::error_code error;
  if (secure_ && tcp_.is_open()) {
    ExpireAfter(time);
    co_await secure_->async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }
  EndSending();
}

void Transport::EndSending() {
  boost::system::error_code ignored;
  if (tcp_.is_open()) tcp_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Transport::Cancel() {
  boost::system::error_code ignored;
  if (tcp_.is_open()) tcp_.cancel(ignored);
}

}  // namespace vlr::http
