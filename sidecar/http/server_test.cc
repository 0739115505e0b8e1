#include "sidecar/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <mutex>
#include <thread>

namespace vlr::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// Counts handlers that a leaving client has cut short.
struct Cancelled {
  std::atomic<int>& count;
  bool armed = true;
  ~Cancelled() {
    if (armed) ++count;
  }
};

class ServerTest : public testing::Test {
 protected:
  // On a busy machine a moment is no mistake of the client's.
  explicit ServerTest(std::chrono::milliseconds time_to_send = std::chrono::seconds(30),
                      std::chrono::milliseconds idle_time = std::chrono::milliseconds(400))
      : router_([](const Request&, int status, const std::string& code, const std::string&) {
          Response response;
          response.status = status;
          response.body = code;
          return response;
        }) {
    router_.Add("POST", "/echo", [](const Request& request) -> asio::awaitable<Response> {
      Response response;
      response.content_type = "text/plain";
      response.body = request.body;
      co_return response;
    });
    router_.Add("GET", "/fail", [](const Request&) -> asio::awaitable<Response> {
      throw std::runtime_error("broken");
      co_return Response();
    });
    router_.Add("GET", "/wait", [this](const Request&) -> asio::awaitable<Response> {
      Cancelled guard{cancelled_};
      ++waiting_;
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(60));
      co_await timer.async_wait(asio::use_awaitable);
      guard.armed = false;
      co_return Response();
    });
    options_.max_header_bytes = 4096;
    options_.max_body_bytes = 1000;
    options_.header_timeout = time_to_send;
    options_.body_timeout = time_to_send;
    options_.idle_timeout = idle_time;
  }

  void SetUp() override {
    auto server = Server::Listen(io_, options_, router_, [this](const AccessRecord& record) {
      const std::lock_guard lock(mutex_);
      records_.push_back(record);
    });
    ASSERT_TRUE(server);
    server_ = std::move(*server);
    port_ = server_->port();
    thread_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    io_.stop();
    thread_.join();
  }

  tcp::socket Connect() {
    tcp::socket socket(client_);
    socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port_)});
    return socket;
  }
  static std::string ReadToEnd(tcp::socket& socket) {
    std::string text;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(text), error);
    return text;
  }
  // All that comes back on a connection of its own until the server closes it.
  std::string Exchange(const std::string& request) {
    tcp::socket socket = Connect();
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(request), ignored);
    return ReadToEnd(socket);
  }
  template <class Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }
  int StatusOfLast() {
    const std::lock_guard lock(mutex_);
    return records_.empty() ? 0 : records_.back().status;
  }

  std::atomic<int> cancelled_ = 0;
  std::atomic<int> waiting_ = 0;
  Router router_;
  ServerOptions options_;
  asio::io_context io_{1};
  asio::io_context client_;
  std::unique_ptr<Server> server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<AccessRecord> records_;
};

bool StatusIs(const std::string& response, int status) {
  return response.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

TEST_F(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  const std::string one =
      "POST /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc\r\nContent-Length: 2\r\n\r\nhi";
  const std::string last =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: "
      "close\r\n\r\n3\r\nyou\r\n0\r\n\r\n";
  const std::string text = Exchange(one + last);
  EXPECT_NE(text.find("\r\n\r\nhiHTTP/1.1 200"), std::string::npos) << text;
  EXPECT_NE(text.find("X-Request-Id: abc"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\nyou")) << text;
}

TEST_F(ServerTest, TellsRoutesAndMethodsApart) {
  EXPECT_TRUE(StatusIs(Exchange("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 404));
  const std::string wrong = Exchange("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(StatusIs(wrong, 405));
  EXPECT_NE(wrong.find("Allow: POST\r\n"), std::string::npos);
  EXPECT_TRUE(StatusIs(Exchange("GET /fail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 500));
}

TEST_F(ServerTest, RefusesWhatAnotherHopCouldReadOtherwise) {
  const std::string smuggled =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      "GET /fail HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string answer = Exchange(smuggled);
  EXPECT_TRUE(StatusIs(answer, 400)) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "a second response: " << answer;
  EXPECT_TRUE(StatusIs(Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"), 400));
  EXPECT_TRUE(StatusIs(Exchange("POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), 400));
  EXPECT_TRUE(
      StatusIs(Exchange("POST /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n"), 400));
  EXPECT_TRUE(StatusIs(Exchange("POST http://x/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), 400));
  EXPECT_TRUE(StatusIs(Exchange("garbage\r\n\r\n"), 400));
}

TEST_F(ServerTest, BoundsHeadersBodiesAndChunkExtensions) {
  EXPECT_TRUE(
      StatusIs(Exchange("GET /echo HTTP/1.1\r\nHost: x\r\nA: " + std::string(8000, 'a') + "\r\n\r\n"), 431));
  EXPECT_TRUE(StatusIs(Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"), 413));
  const std::string chunk = "1f4\r\n" + std::string(500, 'a') + "\r\n";
  EXPECT_TRUE(StatusIs(Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                chunk + chunk + chunk),
                       413));
  const std::string answer = Exchange(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(1 << 20, 'x'));
  EXPECT_FALSE(StatusIs(answer, 200));
}

class HastyServerTest : public ServerTest {
 protected:
  HastyServerTest() : ServerTest(std::chrono::milliseconds(200)) {}
};

TEST_F(HastyServerTest, ClosesSlowClients) {
  tcp::socket header = Connect();
  asio::write(header, asio::buffer(std::string("GET /echo HT")));
  EXPECT_TRUE(StatusIs(ReadToEnd(header), 408));
  tcp::socket body = Connect();
  asio::write(body,
              asio::buffer(std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")));
  EXPECT_TRUE(StatusIs(ReadToEnd(body), 408));
}

class PatientServerTest : public ServerTest {
 protected:
  static constexpr std::chrono::milliseconds kIdleTime{1500};
  PatientServerTest() : ServerTest(std::chrono::seconds(30), kIdleTime) {}
};

TEST_F(PatientServerTest, WhatComesWhileARequestIsHandledIsTheNextOne) {
  router_.Add("GET", "/pause", [](const Request&) -> asio::awaitable<Response> {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
    co_return Response();
  });
  const std::string pause = "GET /pause HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string echo = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n";
  const std::string last = "GET /pause HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  tcp::socket socket = Connect();
  // Cut anywhere: in a header, between header and body, in a body, after one.
  const std::string all = pause + echo + "abcd" + pause + echo + "efgh" + last;
  for (std::size_t at = 0, part = 1; at < all.size(); at += part, part = part % 37 + 7) {
    asio::write(socket, asio::buffer(all.substr(at, part)));
    std::this_thread::sleep_for(std::chrono::milliseconds(15));
  }
  const std::string text = ReadToEnd(socket);
  const auto count = [&](std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("HTTP/1.1 200 OK\r\n"), 5u) << text;
  EXPECT_EQ(count("\r\n\r\nabcdHTTP/1.1"), 1u) << text;
  EXPECT_EQ(count("\r\n\r\nefghHTTP/1.1"), 1u) << text;
}

TEST_F(ServerTest, BodiesComeWholeInAnyPieces) {
  std::string body;
  for (int i = 0; i < 900; ++i) body += static_cast<char>('a' + i % 26);
  const std::string sized =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\nConnection: close\r\n\r\n" + body;
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n190\r\n" +
      body.substr(0, 400) + "\r\n1f4\r\n" + body.substr(400) + "\r\n0\r\n\r\n";
  for (const std::string& request : {sized, chunked}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{97}, request.size()}) {
      tcp::socket socket = Connect();
      socket.set_option(tcp::no_delay(true));
      for (std::size_t at = 0; at < request.size(); at += piece)
        asio::write(socket, asio::buffer(request.substr(at, piece)));
      EXPECT_TRUE(ReadToEnd(socket).ends_with("\r\n\r\n" + body)) << piece;
    }
  }
}

TEST_F(ServerTest, ABodyIsAskedForWhereItIsWaitedFor) {
  tcp::socket socket = Connect();
  asio::write(socket,
              asio::buffer(std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: "
                                       "100-continue\r\nConnection: close\r\n\r\n")));
  std::string asked(25, '\0');
  asio::read(socket, asio::buffer(asked));
  EXPECT_EQ(asked, "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(socket, asio::buffer(std::string("hi")));
  EXPECT_TRUE(ReadToEnd(socket).ends_with("\r\n\r\nhi"));
}

TEST_F(PatientServerTest, ClosesIdleConnections) {
  tcp::socket socket = Connect();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    asio::write(socket, asio::buffer(std::string("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")));
    std::this_thread::sleep_for(kIdleTime / 2);
  }
  const std::string text = ReadToEnd(socket);
  EXPECT_TRUE(text.ends_with("route_not_found")) << text;
  EXPECT_GE(std::chrono::steady_clock::now() - start, 2 * kIdleTime) << "each request begins the time anew";
}

TEST_F(ServerTest, AClientThatLeavesCancelsItsHandler) {
  {
    tcp::socket socket = Connect();
    asio::write(socket, asio::buffer(std::string("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")));
    ASSERT_TRUE(Eventually([&] { return waiting_ == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return cancelled_ == 1; }));
  EXPECT_TRUE(Eventually([&] { return StatusOfLast() == 499; }));
}

TEST_F(PatientServerTest, DrainingClosesIdleConnectionsAndTheListener) {
  tcp::socket idle = Connect();
  ASSERT_TRUE(Eventually([&] {
    std::promise<int> open;
    asio::post(io_, [&] { open.set_value(server_->open_connections()); });
    return open.get_future().get() == 1;
  }));
  asio::post(io_, [&] { server_->Drain(); });
  EXPECT_EQ(ReadToEnd(idle), "");
  tcp::socket late(client_);
  boost::system::error_code error;
  EXPECT_TRUE(Eventually([&] {
    late.close();
    late.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port_)}, error);
    return static_cast<bool>(error);
  }));
}

TEST(ServerListenTest, ABadAddressIsNamed) {
  asio::io_context io;
  const Router router([](const Request&, int, const std::string&, const std::string&) { return Response(); });
  const auto server = Server::Listen(io, {.host = "localhost.invalid"}, router, [](const AccessRecord&) {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().part, "server.host");
}

}  // namespace
}  // namespace vlr::http
