#include "storage/s3.h"

#include <gtest/gtest.h>

#include <map>

#include "storage/error_codes.h"

namespace vlr {
namespace {

const std::chrono::system_clock::time_point kTime{std::chrono::seconds(1440938160)};  // 20150830T123600Z

S3Options Keys() {
  S3Options options;
  options.access_key_id = "AKIDEXAMPLE";
  options.secret_access_key = "topsecret";
  options.allowed_buckets = {"kb"};
  return options;
}

std::string HeaderOf(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(S3Test, UsesAwsAddressesByDefault) {
  S3Options options = Keys();
  options.region = "eu-west-1";
  const auto s3 = S3Source::Create(options);
  ASSERT_TRUE(s3);
  const HttpRequest request = s3->Get("kb", "a b/ü+=%.png", kTime);
  EXPECT_EQ(request.origin, (Origin{true, "kb.s3.eu-west-1.amazonaws.com", 443}));
  EXPECT_EQ(request.target, "/a%20b/%C3%BC%2B%3D%25.png");
  EXPECT_TRUE(request.trusted);
  EXPECT_EQ(HeaderOf(request, "x-amz-date"), "20150830T123600Z");
  EXPECT_NE(HeaderOf(request, "authorization").find("AKIDEXAMPLE/20150830/eu-west-1/s3/aws4_request"),
            std::string::npos);
  EXPECT_EQ(s3->Get("k.b", "x", kTime).target, "/k.b/x");
}

TEST(S3Test, UsesPathStyleAtAnEndpoint) {
  S3Options options = Keys();
  options.endpoint = "http://127.0.0.1:7070";
  HttpRequest request = S3Source::Create(options)->Get("kb", "x", kTime);
  EXPECT_EQ(request.origin, (Origin{false, "127.0.0.1", 7070}));
  EXPECT_EQ(request.target, "/kb/x");
  options.endpoint = "https://s3.example.com/";
  options.path_style = false;
  request = S3Source::Create(options)->Get("kb", "x", kTime);
  EXPECT_EQ(request.origin.host, "kb.s3.example.com");
  EXPECT_EQ(request.target, "/x");
}

TEST(S3Test, SignsTheSessionTokenAndNothingWithoutKeys) {
  S3Options options = Keys();
  options.session_token = "token";
  const HttpRequest request = S3Source::Create(options)->Get("kb", "x", kTime);
  EXPECT_EQ(HeaderOf(request, "x-amz-security-token"), "token");
  EXPECT_NE(HeaderOf(request, "authorization").find("x-amz-date;x-amz-security-token"), std::string::npos);
  EXPECT_TRUE(S3Source::Create(S3Options{})->Get("kb", "x", kTime).headers.empty());
}

TEST(S3Test, AllowsOnlyListedBuckets) {
  EXPECT_TRUE(S3Source::Create(Keys())->Allows("kb"));
  EXPECT_FALSE(S3Source::Create(Keys())->Allows("kb2"));
  EXPECT_FALSE(S3Source::Create(S3Options{})->Allows("kb"));
  S3Options every;
  every.allowed_buckets = {"*"};
  EXPECT_TRUE(S3Source::Create(every)->Allows("anything"));
}

TEST(S3Test, NamesTheSettingThatIsWrong) {
  const auto part_of = [](auto change) {
    S3Options options = Keys();
    change(&options);
    const auto s3 = S3Source::Create(options);
    return s3 ? "" : s3.error().part;
  };
  EXPECT_EQ(part_of([](S3Options* o) { o->endpoint = "localhost:9000"; }), "storage.s3.endpoint");
  EXPECT_EQ(part_of([](S3Options* o) { o->endpoint = "http://h/path"; }), "storage.s3.endpoint");
  EXPECT_EQ(part_of([](S3Options* o) { o->region = "eu/west"; }), "storage.s3.region");
  EXPECT_EQ(part_of([](S3Options* o) { o->secret_access_key.clear(); }), "storage.s3.secret_access_key");
  EXPECT_EQ(part_of([](S3Options* o) {
              o->allowed_buckets = {"kb", "a/b"};
            }),
            "storage.s3.allowed_buckets[1]");
}

TEST(S3Test, TakesWhatIsEmptyFromTheEnvironment) {
  const std::map<std::string, std::string> environment = {{"AWS_ENDPOINT_URL", "http://e:1"},
                                                          {"AWS_DEFAULT_REGION", "eu-north-1"},
                                                          {"AWS_ACCESS_KEY_ID", "id"},
                                                          {"AWS_SECRET_ACCESS_KEY", "secret"},
                                                          {"AWS_SESSION_TOKEN", "token"}};
  const auto getenv = [&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  S3Options empty;
  FillFromEnvironment(&empty, getenv);
  EXPECT_EQ(empty.endpoint, "http://e:1");
  EXPECT_EQ(empty.region, "eu-north-1");
  EXPECT_EQ(empty.access_key_id, "id");
  EXPECT_EQ(empty.secret_access_key, "secret");
  EXPECT_EQ(empty.session_token, "token");
  S3Options set = Keys();
  FillFromEnvironment(&set, getenv);
  EXPECT_EQ(set.access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ(set.session_token, "");
}

TEST(S3Test, ReadsErrors) {
  const auto error = [](unsigned status, const std::string& body) {
    HttpResponse response;
    response.status = status;
    response.body = body;
    return S3Error(response);
  };
  EXPECT_EQ(error(404, "<Error><Code>NoSuchKey</Code></Error>").code, kMediaNotFound);
  EXPECT_EQ(error(404, "<Error><Code>InvalidAccessKeyId</Code></Error>").code, kMediaUnauthorized);
  EXPECT_EQ(error(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>").code, kMediaUnauthorized);
  EXPECT_EQ(error(400, "<Error><Code>ExpiredToken</Code></Error>").code, kMediaUnauthorized);
  EXPECT_EQ(error(400, "<Error><Code>InvalidArgument</Code></Error>").code, kMediaUnreachable);
  EXPECT_EQ(error(301, "").code, kMediaUnreachable);
  EXPECT_EQ(error(503, "").code, kMediaUnreachable);
  EXPECT_EQ(error(403, "<Code>10.0.0.1 &lt;secret></Code>").message, "the server refused access, status 403");
}

}  // namespace
}  // namespace vlr
