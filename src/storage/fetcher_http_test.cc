// HTTP(S) against servers that misbehave.
#include <gmock/gmock.h>

#include <atomic>

#include "storage/testing/certificates.h"
#include "storage/testing/fetcher_fixture.h"
#include "storage/testing/imposter_server.h"

namespace vlr::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

class FetcherHttpTest : public FetcherTest {
 protected:
  // What a fetch gives when the server answers with exactly these bytes.
  std::string Answered(const std::string& bytes, std::size_t max_bytes = 100) {
    const std::string target = "/raw" + std::to_string(next_++);
    server_.On(target, Raw(bytes));
    return Get(server_.Url(target), max_bytes);
  }

  ImposterServer server_;
  int next_ = 0;
};

TEST_F(FetcherHttpTest, ReadsEveryProperFraming) {
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "hello");
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "");
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\n\r\nhello"), "hello");
  EXPECT_EQ(Answered("HTTP/1.0 200 OK\r\n\r\nhello"), "hello");
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                     "chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n"),
            "hello");
  EXPECT_EQ(
      Answered(
          "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
      "hello");
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx"), "x");
}

TEST_F(FetcherHttpTest, ReadsLargeObjectsWhole) {
  constexpr std::size_t kBytes = 3'000'001;
  options_.max_retries = 0;
  std::string object;
  for (std::size_t i = 0; i < kBytes; ++i) object += static_cast<char>(i * 2654435761U >> 13U);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
  server_.On("/whole", Reply(200, object));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Get(server_.Url("/whole"), kBytes), object);
  EXPECT_EQ(server_.connections(), 1u);
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\n\r\n" + object, kBytes), object);
  EXPECT_EQ(Answered(head + std::to_string(kBytes + 1) + "\r\n\r\n" + object, kBytes + 1), kMediaUnreachable);
  EXPECT_EQ(Answered(head + std::to_string(kBytes) + "\r\n\r\n" + object, kBytes - 1), kMediaTooLarge);
  // What follows the object is nobody's answer.
  EXPECT_EQ(Answered(head + "5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"), "hello");
  EXPECT_EQ(Answered(head + "4\r\n\r\ngood"), "good");
}

TEST_F(FetcherHttpTest, AsksForBytesAsTheyAre) {
  EXPECT_EQ(Get(server_.Url("/a b?x")), kMediaNotFound);
  const std::string head = server_.requests().at(0);
  EXPECT_THAT(head, HasSubstr("GET /a%20b?x HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Host: good.test:" + std::to_string(server_.port()) + "\r\n"));
  EXPECT_THAT(head, HasSubstr("Accept-Encoding: identity\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("uthorization")));
}

TEST_F(FetcherHttpTest, RefusesAmbiguousFraming) {
  options_.max_retries = 0;
  for (
      const char* answer : {
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
          "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/2.0 200 OK\r\n\r\nhello",
          "ICY 200 OK\r\n\r\nhello",
          "hello",
          "",
      }) {
    EXPECT_EQ(Answered(answer), kMediaUnreachable) << answer;
  }
}

TEST_F(FetcherHttpTest, SeesThroughALyingContentLength) {
  options_.max_retries = 0;
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"), kMediaUnreachable);
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"), kMediaTooLarge);
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n"), kMediaTooLarge);
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"), kMediaUnreachable);
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more"), "hello");
}

TEST_F(FetcherHttpTest, StopsReadingAtItsLimits) {
  constexpr std::size_t kLimit = 1 << 20;
  // What the kernel's buffers on both sides take in before the server notices.
  constexpr std::size_t kInFlight = std::size_t{16} << 20;
  const std::string block(1 << 16, 'x');
  server_.On("/close", Endless("HTTP/1.1 200 OK\r\n\r\n", block));
  server_.On("/chunks",
             Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10000\r\n" + block + "\r\n"));
  EXPECT_EQ(Get(server_.Url("/close"), kLimit), kMediaTooLarge);
  EXPECT_EQ(Get(server_.Url("/chunks"), kLimit), kMediaTooLarge);
  Until([&] { return server_.open_connections() == 0; });
  EXPECT_LT(server_.bytes_sent(), 2 * kLimit + kInFlight);
}

TEST_F(FetcherHttpTest, StopsReadingFramingThatIsNoBody) {
  constexpr std::size_t kInFlight = std::size_t{16} << 20;  // the kernel's buffers on both sides
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string block(1 << 14, 'x');
  server_.On("/extension", Endless(chunked + "1;", block));
  server_.On("/extensions", Endless(chunked, "1;" + block + "\r\nx\r\n"));
  server_.On("/trailers", Endless(chunked + "0\r\n", "A: " + block + "\r\n"));
  server_.On("/size", Endless(chunked, "0"));
  server_.On("/headers", Endless("HTTP/1.1 200 OK\r\n", "X-Header: y\r\n"));
  server_.On("/header", Endless("HTTP/1.1 200 OK\r\nX: ", block));
  server_.On("/status", Endless("HTTP/1.1 200 ", block));
  server_.On("/interim", Endless("", "HTTP/1.1 100 Continue\r\n\r\n"));
  options_.max_retries = 0;
  for (const char* target :
       {"/extension", "/extensions", "/trailers", "/size", "/headers", "/header", "/status", "/interim"}) {
    const std::size_t before = server_.bytes_sent();
    EXPECT_EQ(Get(server_.Url(target)), kMediaUnreachable) << target;
    Until([&] { return server_.open_connections() == 0; });
    EXPECT_LT(server_.bytes_sent() - before, kInFlight) << target;
  }
}

TEST_F(FetcherHttpTest, DropsTheBodyOfAnError) {
  server_.On("/x", Endless("HTTP/1.1 404 Not Found\r\n\r\n", std::string(4096, 'x')));
  EXPECT_EQ(Get(server_.Url("/x")), kMediaNotFound);
}

TEST_F(FetcherHttpTest, ADripEndsAtTheTotalTimeout) {
  options_.total_timeout = milliseconds(300);
  server_.On("/body", Drip("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
  server_.On("/header", Drip("HTTP/1.1 200 OK\r\nX: "));
  server_.On("/nothing", Silence());
  for (const char* target : {"/body", "/header", "/nothing"}) {
    EXPECT_EQ(Get(server_.Url(target)), kMediaTimeout) << target;
  }
  Until([&] { return server_.open_connections() == 0; });
}

TEST_F(FetcherHttpTest, MapsStatuses) {
  const std::pair<unsigned, std::string_view> cases[] = {{400, kMediaUnreachable},  {401, kMediaUnauthorized},
                                                         {403, kMediaUnauthorized}, {404, kMediaNotFound},
                                                         {410, kMediaNotFound},     {416, kMediaUnreachable},
                                                         {429, kMediaUnreachable},  {304, kMediaUnreachable}};
  for (const auto& [status, code] : cases) {
    const std::string target = "/" + std::to_string(status);
    server_.On(target, Reply(status, "body"));
    EXPECT_EQ(Get(server_.Url(target)), code) << status;
  }
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(FetcherHttpTest, TriesAgainAfterTransientFailures) {
  server_.On("/busy", InTurn({Reply(503, ""), Reply(500, ""), Reply(200, "ok")}));
  server_.On("/broken", InTurn({Raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), Reply(200, "ok")}));
  server_.On("/down", Reply(503, ""));
  EXPECT_EQ(Get(server_.Url("/busy")), "ok");
  EXPECT_EQ(Get(server_.Url("/broken")), "ok");
  EXPECT_EQ(server_.requests().size(), 5u);
  EXPECT_EQ(Get(server_.Url("/down")), kMediaUnreachable);
  EXPECT_EQ(server_.requests().size(), 8u);
}

TEST_F(FetcherHttpTest, ReusesConnectionsUntilTheyGoStale) {
  server_.On("/a", Reply(200, "a"));
  server_.On("/b", Reply(200, "b"));
  server_.On("/close", Raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc"));
  server_.On("/d", Reply(200, "d"));
  EXPECT_EQ(Get(server_.Url("/a")), "a");
  EXPECT_EQ(Get(server_.Url("/b")), "b");
  EXPECT_EQ(server_.connections(), 1u);
  EXPECT_EQ(Get(server_.Url("/close")), "c");
  EXPECT_EQ(Get(server_.Url("/d")), "d");
  EXPECT_EQ(server_.connections(), 2u);
  EXPECT_EQ(fetcher_->counters().connections, 2u);
}

TEST_F(FetcherHttpTest, BoundsTheConnectionsToAHost) {
  options_.max_connections_per_host = 2;
  options_.max_idle_connections = 0;
  std::vector<std::future<Result<Bytes>>> fetches;
  std::atomic<int> at_once = 0;
  for (int i = 0; i < 12; ++i) {
    const std::string target = "/" + std::to_string(i);
    server_.On(target, [&](Peer& peer) {
      EXPECT_LE(++at_once, 2);
      std::this_thread::sleep_for(milliseconds(5));
      --at_once;
      return Reply(200, "ok")(peer);
    });
    FetchRequest request;
    request.url = server_.Url(target);
    fetches.push_back(Begin(request));
  }
  for (auto& fetch : fetches) EXPECT_TRUE(fetch.get());
  EXPECT_EQ(server_.requests().size(), 12u);
}

TEST_F(FetcherHttpTest, FollowsRedirectsWithinLimits) {
  for (int i = 0; i < 9; ++i)
    server_.On("/r" + std::to_string(i), Redirect(302, "/r" + std::to_string(i + 1)));
  server_.On("/r9", Reply(200, "end"));
  server_.On("/loop", Redirect(301, "/loop"));
  EXPECT_EQ(Get(server_.Url("/r4")), "end");
  EXPECT_EQ(Get(server_.Url("/r3")), kMediaUnreachable);
  EXPECT_EQ(Get(server_.Url("/loop")), kMediaUnreachable);
  server_.On("/relative/a", Redirect(307, "../r9#x"));
  EXPECT_EQ(Get(server_.Url("/relative/a")), "end");
}

TEST_F(FetcherHttpTest, ChecksEveryRedirect) {
  ImposterServer secret;
  secret.On("/", Reply(200, "secret"));
  const std::string port = std::to_string(secret.port());
  const std::string targets[] = {secret.Url("/", "private.test"),
                                 "//private.test:" + port + "/",
                                 secret.Url("/", "127.0.0.1"),
                                 "http://[::ffff:127.0.0.1]:" + port + "/",
                                 "http://169.254.169.254/latest/meta-data/",
                                 "file:///etc/passwd",
                                 "s3://bucket/key",
                                 "data:,x",
                                 "ftp://good.test/",
                                 "gopher://127.0.0.1:6379/_x"};
  for (const std::string& target : targets) {
    server_.On("/to", Redirect(302, target));
    EXPECT_EQ(Get(server_.Url("/to")), kMediaForbidden) << target;
  }
  for (const std::string& target : {"http://good.test\\@127.0.0.1:" + port + "/",
                                    "http://x@good.test:" + port, std::string("http://0x7f.1/")}) {
    server_.On("/to", Redirect(302, target));
    EXPECT_EQ(Get(server_.Url("/to")), kMediaInvalidUrl) << target;
  }
  EXPECT_EQ(secret.connections(), 0u);
}

class FetcherTlsTest : public FetcherTest {
 protected:
  FetcherTlsTest() { options_.tls_ca_file = authority_.pem_file(); }

  // The code, or the bytes, from a server with this certificate; and that a refused server was asked nothing.
  std::string Asked(const Certificate& certificate, int max_tls_version = 0) {
    ImposterOptions options;
    options.certificate = &certificate;
    options.max_tls_version = max_tls_version;
    ImposterServer server(options);
    server.On("/x", Reply(200, "hello"));
    std::string got = Get(server.Url("/x"));
    if (got != "hello") EXPECT_TRUE(server.requests().empty());
    return got;
  }

  Authority authority_;
};

TEST_F(FetcherTlsTest, TrustsTheSettingsAuthority) {
  EXPECT_EQ(Asked(authority_.Issue({})), "hello");
}

TEST_F(FetcherTlsTest, RefusesCertificatesThatDoNotProveTheHost) {
  EXPECT_EQ(Asked(authority_.Issue({"DNS:other.test"})), kMediaTls);
  EXPECT_EQ(Asked(authority_.Issue({"DNS:*.test.good.test"})), kMediaTls);
  EXPECT_EQ(Asked(authority_.Issue({"IP:127.0.0.1"})), kMediaTls);
  EXPECT_EQ(Asked(authority_.Issue({"DNS:good.test", -7200, -3600})), kMediaTls);
  EXPECT_EQ(Asked(authority_.Issue({"DNS:good.test", 3600, 7200})), kMediaTls);
  const Authority stranger;
  EXPECT_EQ(Asked(stranger.Issue({})), kMediaTls);
}

TEST_F(FetcherTlsTest, RefusesOldProtocols) {
  EXPECT_EQ(Asked(authority_.Issue({}), 0x0302), kMediaTls);  // TLS 1.1
  EXPECT_EQ(Asked(authority_.Issue({}), 0x0303), "hello");    // TLS 1.2
}

TEST_F(FetcherTlsTest, ReusesConnectionsAndRefusesDowngrades) {
  const Certificate certificate = authority_.Issue({});
  ImposterOptions options;
  options.certificate = &certificate;
  ImposterServer server(options);
  ImposterServer plain;
  server.On("/a", Reply(200, "a"));
  server.On("/b", Reply(200, std::string(1 << 20, 'b')));
  server.On("/down", Redirect(302, plain.Url("/")));
  plain.On("/up", Redirect(302, server.Url("/a")));
  EXPECT_EQ(Get(server.Url("/a")), "a");
  EXPECT_EQ(Get(server.Url("/b")).size(), std::size_t{1} << 20);
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_EQ(Get(server.Url("/down")), kMediaForbidden);
  EXPECT_EQ(plain.connections(), 0u);
  EXPECT_EQ(Get(plain.Url("/up")), "a");
}

TEST_F(FetcherTlsTest, AServerWithoutTlsIsATlsError) {
  ImposterServer plain;
  const std::string url = "https://good.test:" + std::to_string(plain.port()) + "/";
  options_.max_retries = 0;
  options_.connect_timeout = milliseconds(300);
  // The server waits for the end of a request line that never comes.
  EXPECT_EQ(Get(url), kMediaTimeout);
}

}  // namespace
}  // namespace vlr::testing
