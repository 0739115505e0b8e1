// The door as a whole: policy, guard, cache, sharing, cancellation.
#include "storage/fetcher.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "storage/testing/fetcher_fixture.h"
#include "storage/testing/imposter_server.h"

namespace vlr::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

FetchRequest To(const std::string& url) {
  FetchRequest request;
  request.url = url;
  return request;
}

// A play that waits until the test lets it go on.
class Gate {
 public:
  Play Then(const Play& play) {
    return [this, play](Peer& peer) {
      ++waiting_;
      while (!open_) std::this_thread::sleep_for(milliseconds(1));
      return play(peer);
    };
  }
  void Open() { open_ = true; }
  int waiting() const { return waiting_; }

 private:
  std::atomic<bool> open_{false};
  std::atomic<int> waiting_{0};
};

TEST_F(FetcherTest, NeverConnectsToAnAddressThatIsNotPublic) {
  ImposterServer server;
  server.On("/", Reply(200, "secret"));
  Start();
  for (const char* host :
       {"127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "[::]", "0.0.0.0", "private.test", "10.0.0.1",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "100.64.0.1", "169.254.169.254"}) {
    EXPECT_EQ(Get(server.Url("/", host)), kMediaForbidden) << host;
  }
  for (const char* address : {"10.0.0.1", "::1", "fe80::1", "::ffff:127.0.0.1", "2001::1", "224.0.0.1"}) {
    resolver_->Set("name.test", {{address}});
    EXPECT_EQ(Get(server.Url("/", "name.test")), kMediaForbidden) << address;
  }
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_EQ(fetcher_->counters().connections, 0u);
  EXPECT_EQ(fetcher_->counters().http_requests, 0u);
  EXPECT_EQ(fetcher_->counters().errors[0], 17u);
}

TEST_F(FetcherTest, DialsOnlyTheAddressThatWasChecked) {
  ImposterServer forbidden;
  ImposterServer allowed({.address = "127.0.0.2", .port = forbidden.port()});
  allowed.On("/", Reply(200, "allowed"));
  forbidden.On("/", Reply(200, "forbidden"));
  options_.allow_networks = {"127.0.0.2/32"};
  options_.cache_bytes = 0;
  options_.max_idle_connections = 0;
  resolver_->Set("mixed.test", {{"127.0.0.1", "127.0.0.2", "::1"}});
  EXPECT_EQ(Get(allowed.Url("/", "mixed.test")), "allowed");
  // Rebinding: good at the first look, forbidden at every later one.
  resolver_->Set("rebind.test", {{"127.0.0.2"}, {"127.0.0.1"}});
  EXPECT_EQ(Get(allowed.Url("/", "rebind.test")), "allowed");
  EXPECT_EQ(resolver_->lookups(), 2u);
  EXPECT_EQ(Get(allowed.Url("/", "rebind.test")), kMediaForbidden);
  EXPECT_EQ(forbidden.connections(), 0u);
}

TEST_F(FetcherTest, TriesTheNextAddress) {
  ImposterServer server({.address = "127.0.0.2"});
  server.On("/", Reply(200, "ok"));
  options_.allow_networks = {"127.0.0.0/8"};
  resolver_->Set("two.test", {{"127.0.0.3", "127.0.0.2"}});
  EXPECT_EQ(Get(server.Url("/", "two.test")), "ok");
}

TEST_F(FetcherTest, NamesThatDoNotResolveOrAnswer) {
  EXPECT_EQ(Get("http://none.test/"), kMediaUnreachable);
  options_.connect_timeout = milliseconds(50);
  options_.max_retries = 0;
  Start();
  resolver_->Hang("slow.test");
  EXPECT_EQ(Get("http://slow.test/"), kMediaTimeout);
  options_.connect_timeout = std::chrono::seconds(30);
  Start();
  std::uint16_t closed_port = 0;
  {
    const ImposterServer gone;
    closed_port = gone.port();
  }
  EXPECT_EQ(Get("http://good.test:" + std::to_string(closed_port) + "/"), kMediaUnreachable);
}

TEST_F(FetcherTest, KeepsObjectsForTheirTime) {
  ImposterServer server;
  server.On("/a", Reply(200, "a"));
  server.On("/private", Reply(200, "p", {{"Cache-Control", "max-age=0, No-Store"}}));
  options_.cache_ttl = milliseconds(1000);
  EXPECT_EQ(Get(server.Url("/a")), "a");
  EXPECT_EQ(Get(server.Url("/a#fragment")), "a");
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(Get(server.Url("/a"), 0), kMediaTooLarge);
  clock_->steady_ms = 1000;
  EXPECT_EQ(Get(server.Url("/a")), "a");
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(Get(server.Url("/private")), "p");
  EXPECT_EQ(Get(server.Url("/private")), "p");
  EXPECT_EQ(server.requests().size(), 4u);
  const FetchCounters counters = fetcher_->counters();
  EXPECT_EQ(counters.cache_hits, 2u);
  EXPECT_EQ(counters.cache_misses, 4u);
  EXPECT_EQ(counters.http_requests, 4u);
  EXPECT_EQ(counters.network_bytes, 4u);
  EXPECT_EQ(counters.fetches, 6u);
}

TEST_F(FetcherTest, SharesALoadUnderWay) {
  ImposterServer server;
  Gate gate;
  server.On("/a", gate.Then(Reply(200, "a")));
  auto first = Begin(To(server.Url("/a")));
  auto second = Begin(To(server.Url("/a")));
  auto third = Begin(To(server.Url("/a")));
  Until([&] { return fetcher_->counters().joined == 2; });
  gate.Open();
  const auto bytes = first.get();
  EXPECT_EQ(**bytes, "a");
  EXPECT_EQ(*second.get(), *bytes);
  EXPECT_EQ(*third.get(), *bytes);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(FetcherTest, ADeadlineEndsTheWaitAndClosesTheConnection) {
  ImposterServer server;
  server.On("/a", Silence());
  FetchRequest request = To(server.Url("/a"));
  request.deadline = steady_clock::now() + milliseconds(100);
  EXPECT_EQ(Fetch(request).error().code, kMediaTimeout);
  Until([&] { return server.open_connections() == 0; });
  const std::size_t asked = server.requests().size();
  EXPECT_EQ(Fetch(request).error().code, kMediaTimeout);
  EXPECT_EQ(server.requests().size(), asked);
}

TEST_F(FetcherTest, CancellingClosesTheConnection) {
  ImposterServer server;
  server.On("/silence", Silence());
  server.On("/drip", Drip("HTTP/1.1 200 OK\r\n\r\n"));
  for (const char* target : {"/silence", "/drip"}) {
    boost::asio::cancellation_signal cancel;
    const std::size_t before = server.requests().size();
    auto fetch = Begin(To(server.Url(target)), &cancel);
    Until([&] { return server.requests().size() == before + 1; });
    Cancel(&cancel);
    EXPECT_EQ(fetch.get().error().code, kAborted);
    Until([&] { return server.open_connections() == 0; });
  }
  EXPECT_EQ(fetcher_->counters().cancelled, 2u);
  EXPECT_EQ(fetcher_->counters().fetches, 0u);
}

TEST_F(FetcherTest, CancellingOneLeavesTheOthers) {
  ImposterServer server;
  Gate gate;
  server.On("/a", gate.Then(Reply(200, "a")));
  boost::asio::cancellation_signal cancel;
  auto first = Begin(To(server.Url("/a")), &cancel);
  Until([&] { return gate.waiting() == 1; });
  auto second = Begin(To(server.Url("/a")));
  Until([&] { return fetcher_->counters().joined == 1; });
  Cancel(&cancel);
  EXPECT_EQ(first.get().error().code, kAborted);
  gate.Open();
  EXPECT_EQ(**second.get(), "a");
}

// Cancellation and completion meet at every possible moment: for the sanitizers.
TEST_F(FetcherTest, CancellingAtAnyMoment) {
  ImposterServer server;
  server.On("/a", Reply(200, std::string(100'000, 'a')));
  options_.cache_bytes = 0;
  for (int i = 0; i < 200; ++i) {
    boost::asio::cancellation_signal cancel;
    auto fetch = Begin(To(server.Url("/a")), &cancel);
    std::this_thread::sleep_for(std::chrono::microseconds(10 * i));
    std::promise<void> emitted;
    boost::asio::post(caller_, [&] {
      cancel.emit(boost::asio::cancellation_type::terminal);
      emitted.set_value();
    });
    emitted.get_future().wait();
    const auto bytes = fetch.get();
    if (bytes) {
      EXPECT_EQ((*bytes)->size(), 100'000u);
    } else {
      EXPECT_EQ(bytes.error().code, kAborted);
    }
  }
}

TEST_F(FetcherTest, CancelsWhileANameResolves) {
  resolver_->Hang("slow.test");
  boost::asio::cancellation_signal cancel;
  auto fetch = Begin(To("http://slow.test/"), &cancel);
  Until([&] { return resolver_->lookups() == 1; });
  Cancel(&cancel);
  EXPECT_EQ(fetch.get().error().code, kAborted);
}

TEST_F(FetcherTest, DestroyingItCancelsWhatIsUnderWay) {
  ImposterServer server;
  server.On("/a", Silence());
  auto fetch = Begin(To(server.Url("/a")));
  Until([&] { return server.requests().size() == 1; });
  fetcher_.reset();
  EXPECT_EQ(fetch.get().error().code, kAborted);
  Until([&] { return server.open_connections() == 0; });
}

TEST_F(FetcherTest, AsksS3OnlyForListedBuckets) {
  ImposterServer server;
  server.On("/docs/a%20b", Reply(200, "object"));
  server.On("/docs/c%2520d", Reply(404, "<Code>NoSuchKey</Code>"));
  server.On("/docs/c%20d", Reply(200, "decoded"));
  server.On("/docs/denied", Reply(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"));
  server.On("/docs/moved", Redirect(307, "http://good.test/"));
  options_.s3.endpoint = server.Url("", "127.0.0.1");
  options_.s3.access_key_id = "AKIDEXAMPLE";
  options_.s3.secret_access_key = "topsecret";
  options_.s3.allowed_buckets = {"docs"};
  EXPECT_EQ(Get("s3://private/a"), kMediaForbidden);
  EXPECT_EQ(Get("s3://docs2/a"), kMediaForbidden);
  EXPECT_EQ(Get("s3://docs/../private/a"), kMediaInvalidUrl);
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_EQ(Get("s3://docs/a b"), "object");
  EXPECT_EQ(Get("s3://docs/c%20d"), "decoded");
  EXPECT_EQ(Get("s3://docs/none"), kMediaNotFound);
  EXPECT_EQ(Get("s3://docs/denied"), kMediaUnauthorized);
  EXPECT_EQ(Get("s3://docs/moved"), kMediaUnreachable);
  const std::string head = server.requests().at(0);
  EXPECT_THAT(head, HasSubstr("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request"));
  EXPECT_THAT(head, HasSubstr("x-amz-date: 20150830T123600Z\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("topsecret")));
  // The endpoint is trusted for s3: only, also when a connection to it stands ready.
  EXPECT_EQ(Get(server.Url("/docs/a%20b", "127.0.0.1")), kMediaForbidden);
}

TEST_F(FetcherTest, NoBucketIsAllowedUnlessListed) {
  ImposterServer server;
  options_.s3.endpoint = server.Url("", "127.0.0.1");
  EXPECT_EQ(Get("s3://docs/a"), kMediaForbidden);
  EXPECT_EQ(server.connections(), 0u);
  options_.s3.allowed_buckets = {"*"};
  Start();
  EXPECT_EQ(Get("s3://docs/a"), kMediaNotFound);
}

TEST_F(FetcherTest, ReadsFilesAndData) {
  std::string name = std::filesystem::temp_directory_path() / "vlr-fetch-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name.data());
  std::ofstream(folder / "a b.txt") << "file";
  EXPECT_EQ(Get("file://" + folder.string() + "/a%20b.txt"), kMediaForbidden);
  EXPECT_EQ(Get("a b.txt"), kMediaInvalidUrl);
  options_.file_roots = {folder};
  options_.media_root = folder;
  Start();
  EXPECT_EQ(Get("file://" + folder.string() + "/a%20b.txt"), "file");
  EXPECT_EQ(Get("a b.txt"), "file");
  EXPECT_EQ(Get("a b.txt", 3), kMediaTooLarge);
  EXPECT_EQ(Get("none.txt"), kMediaNotFound);
  EXPECT_EQ(Get("../x"), kMediaForbidden);
  EXPECT_EQ(Get("data:;base64,aGVsbG8="), "hello");
  EXPECT_EQ(Get("data:;base64,aGVsbG8=", 4), kMediaTooLarge);
  std::filesystem::remove_all(folder);
}

TEST_F(FetcherTest, SchemesCanBeSwitchedOff) {
  options_.allow_http = false;
  options_.allow_https = false;
  options_.allow_data = false;
  for (const char* url : {"http://good.test/", "https://good.test/", "data:,x"}) {
    EXPECT_EQ(Get(url), kMediaForbidden) << url;
  }
}

TEST_F(FetcherTest, MessagesGiveNothingAway) {
  ImposterServer server;
  server.On("/broken", Raw("nonsense from 127.0.0.1"));
  server.On("/moved", Redirect(302, "http://10.1.2.3/?X-Amz-Signature=hidden"));
  options_.max_retries = 0;
  options_.s3.endpoint = server.Url("", "127.0.0.1");
  options_.s3.access_key_id = "AKIDEXAMPLE";
  options_.s3.secret_access_key = "topsecret";
  options_.s3.allowed_buckets = {"docs"};
  const std::string port = std::to_string(server.port());
  const std::vector<std::string> urls = {server.Url("/broken"),
                                         server.Url("/moved?X-Amz-Signature=hidden"),
                                         server.Url("/moved"),
                                         server.Url("/none?X-Amz-Signature=hidden"),
                                         "http://127.0.0.1:" + port + "/?token=hidden",
                                         "http://user:hidden@good.test/",
                                         "http://10.1.2.3/",
                                         "s3://other/hidden",
                                         "s3://docs/hidden",
                                         "file:///hidden/path",
                                         "https://good.test:1/?hidden",
                                         "data:hidden",
                                         "hidden"};
  for (const std::string& url : urls) {
    const auto bytes = Fetch(To(url));
    ASSERT_FALSE(bytes) << url;
    const std::string& message = bytes.error().message;
    EXPECT_FALSE(message.empty());
    for (const char* secret : {"hidden", "127.0.0", "10.1.2", "AKID", "topsecret", "X-Amz"}) {
      EXPECT_THAT(message, Not(HasSubstr(secret))) << url;
    }
    EXPECT_THAT(message, Not(HasSubstr(port))) << url;
  }
}

TEST_F(FetcherTest, NamesTheSettingThatIsWrong) {
  const auto part_of = [&](const std::function<void(StorageOptions*)>& change) {
    StorageOptions options = options_;
    change(&options);
    const auto fetcher = Fetcher::Create(context_.get_executor(), options);
    return fetcher ? "" : fetcher.error().part;
  };
  EXPECT_EQ(part_of([](StorageOptions*) {}), "");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->max_bytes = 0; }), "storage.max_bytes");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->max_header_bytes = 65537; }), "storage.max_header_bytes");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->connect_timeout = milliseconds(0); }),
            "storage.connect_timeout");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->max_retries = -1; }), "storage.max_retries");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->tls_ca_file = "/none"; }), "storage.tls_ca_file");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->allow_hosts = {"a/b"}; }), "storage.allow_hosts[0]");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->file_roots = {"/none"}; }), "storage.file_roots[0]");
  EXPECT_EQ(part_of([](StorageOptions* o) { o->s3.endpoint = "x"; }), "storage.s3.endpoint");
}

}  // namespace
}  // namespace vlr::testing
