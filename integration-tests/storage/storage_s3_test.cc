// The Fetcher against the S3 server that integration-tests/storage/run starts; it gives
//   VLR_S3_ENDPOINT  http(s)://127.0.0.1:PORT   VLR_S3_ROOT  the folder that holds the buckets
//   VLR_S3_CA        the server's certificate   ROOT_ACCESS_KEY, ROOT_SECRET_KEY
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "storage/media_url.h"
#include "storage/testing/fetcher_fixture.h"

namespace vlr::testing {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error(std::string(name) + " is not set: use integration-tests/storage/run");
  return value;
}

class S3ServerTest : public FetcherTest {
 protected:
  S3ServerTest() : endpoint_(Environment("VLR_S3_ENDPOINT")), bucket_(Environment("VLR_S3_ROOT") + "/docs") {
    std::filesystem::create_directories(bucket_);
    std::filesystem::create_directories(bucket_.parent_path() / "other");
    options_.s3.endpoint = endpoint_;
    options_.s3.access_key_id = Environment("ROOT_ACCESS_KEY");
    options_.s3.secret_access_key = Environment("ROOT_SECRET_KEY");
    options_.s3.allowed_buckets = {"docs"};
    options_.tls_ca_file = Environment("VLR_S3_CA");
    clock_->wall = std::chrono::system_clock::now();
  }

  void Put(const std::string& key, const std::string& bytes) const {
    const std::filesystem::path path = bucket_ / key;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::string endpoint_;
  std::filesystem::path bucket_;
};

TEST_F(S3ServerTest, GetsAnObject) {
  Put("a.txt", "hello");
  EXPECT_EQ(Get("s3://docs/a.txt"), "hello");
  EXPECT_EQ(Get("s3://docs/a.txt"), "hello");
  EXPECT_EQ(fetcher_->counters().http_requests, 1u);
  EXPECT_EQ(fetcher_->counters().cache_hits, 1u);
}

TEST_F(S3ServerTest, GetsUnusualKeys) {
  const std::string keys[] = {"a b.txt",        "a+b.txt",         "a=b&c.txt", "100%.txt",
                              "a%20b.txt",      "ü/中文 视频.txt", "q?x=1.txt", "a#b.txt",
                              "~(x)'!*.txt",    "deep/er/x.txt",   "\"<>|.txt", "back\\slash.txt",
                              "semi;colon.txt", "at@colon:.txt"};
  for (const std::string& key : keys) {
    Put(key, "bytes of " + key);
    EXPECT_EQ(Get("s3://docs/" + key), "bytes of " + key);
  }
}

TEST_F(S3ServerTest, ReadsAnEscapedKeyWhenTheLiteralOneIsMissing) {
  Put("only decoded+.txt", "decoded");
  EXPECT_EQ(Get("s3://docs/only%20decoded%2B.txt"), "decoded");
}

TEST_F(S3ServerTest, SaysWhatIsMissing) {
  EXPECT_EQ(Get("s3://docs/none.txt"), kMediaNotFound);
  options_.s3.allowed_buckets = {"*"};
  Start();
  EXPECT_EQ(Get("s3://no-such-bucket/x"), kMediaNotFound);
}

TEST_F(S3ServerTest, WrongCredentialsAreUnauthorized) {
  Put("a.txt", "hello");
  options_.s3.secret_access_key = "wrong";
  EXPECT_EQ(Get("s3://docs/a.txt"), kMediaUnauthorized);
  options_.s3.access_key_id = "nobody";
  Start();
  EXPECT_EQ(Get("s3://docs/a.txt"), kMediaUnauthorized);
  options_.s3.access_key_id.clear();
  options_.s3.secret_access_key.clear();
  Start();
  EXPECT_EQ(Get("s3://docs/a.txt"), kMediaUnauthorized);
}

TEST_F(S3ServerTest, AClockThatIsOffIsUnauthorized) {
  Put("a.txt", "hello");
  clock_->wall -= std::chrono::hours(1);
  EXPECT_EQ(Get("s3://docs/a.txt"), kMediaUnauthorized);
}

TEST_F(S3ServerTest, OtherBucketsAreNotAskedFor) {
  EXPECT_EQ(Get("s3://other/x"), kMediaForbidden);
  EXPECT_EQ(fetcher_->counters().connections, 0u);
}

TEST_F(S3ServerTest, BoundsTheSize) {
  Put("big.bin", std::string(3 << 20, 'b'));
  EXPECT_EQ(Get("s3://docs/big.bin", (3 << 20) - 1), kMediaTooLarge);
  EXPECT_EQ(Get("s3://docs/big.bin", 3 << 20).size(), std::size_t{3} << 20);
}

TEST_F(S3ServerTest, UsesVirtualHosts) {
  Put("a b.txt", "hello");
  const auto url = ParseMediaUrl(endpoint_);
  options_.s3.endpoint =
      (url->origin.tls ? "https://" : "http://") + ("s3.test:" + std::to_string(url->origin.port));
  options_.s3.path_style = false;
  resolver_->Set("docs.s3.test", {{"127.0.0.1"}});
  EXPECT_EQ(Get("s3://docs/a b.txt"), "hello");
  EXPECT_EQ(resolver_->lookups(), 1u);
}

TEST_F(S3ServerTest, KeepsConnections) {
  for (int i = 0; i < 5; ++i) {
    const std::string key = "many/" + std::to_string(i);
    Put(key, key);
    EXPECT_EQ(Get("s3://docs/" + key), key);
  }
  EXPECT_EQ(fetcher_->counters().connections, 1u);
}

TEST_F(S3ServerTest, AnUntrustedCertificateIsRefused) {
  const bool tls = ParseMediaUrl(endpoint_)->origin.tls;
  Put("a.txt", "hello");
  options_.tls_ca_file.clear();
  EXPECT_EQ(Get("s3://docs/a.txt"), tls ? kMediaTls : "hello");
}

}  // namespace
}  // namespace vlr::testing
