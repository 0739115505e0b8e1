#include "storage/media_url.h"

#include <gtest/gtest.h>

#include "storage/error_codes.h"

namespace vlr {
namespace {

using Scheme = MediaUrl::Scheme;

std::string CodeOf(std::string_view url) {
  const auto parsed = ParseMediaUrl(url);
  return parsed ? "ok" : parsed.error().code;
}

TEST(MediaUrlTest, ReadsHttp) {
  const auto url = ParseMediaUrl("HTTPS://Example.COM./a%2Fb/../c?x=1&y=%20#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, Scheme::kHttps);
  EXPECT_EQ(url->origin, (Origin{true, "example.com", 443}));
  EXPECT_EQ(url->target, "/a%2Fb/../c?x=1&y=%20");
  EXPECT_EQ(url->origin.HostHeader(), "example.com");
  EXPECT_EQ(url->CacheKey(), "https://example.com:443/a%2Fb/../c?x=1&y=%20");
}

TEST(MediaUrlTest, ReadsPortsAndAddresses) {
  EXPECT_EQ(ParseMediaUrl("http://h:8080")->origin, (Origin{false, "h", 8080}));
  EXPECT_EQ(ParseMediaUrl("http://h:")->origin.port, 80);
  EXPECT_EQ(ParseMediaUrl("http://h?q")->target, "/?q");
  EXPECT_EQ(ParseMediaUrl("http://127.0.0.1/")->origin.host, "127.0.0.1");
  const auto v6 = ParseMediaUrl("http://[2001:DB8:0:0::1]:81/");
  EXPECT_EQ(v6->origin.host, "2001:db8::1");
  EXPECT_EQ(v6->origin.HostHeader(), "[2001:db8::1]:81");
  EXPECT_EQ(ParseMediaUrl("http://[::ffff:127.0.0.1]/")->origin.host, "::ffff:127.0.0.1");
}

TEST(MediaUrlTest, EscapesWhatPeopleLeaveUnescaped) {
  EXPECT_EQ(ParseMediaUrl("https://h/a b/ü|.png?q=\"x\"")->target, "/a%20b/%C3%BC%7C.png?q=%22x%22");
}

// Each of these is read differently by some pair of parsers; here there is one reading or none.
TEST(MediaUrlTest, RefusesConfusingUrls) {
  for (const char* url : {
           "http://good.example\\@127.0.0.1/",
           "http://good.example\\.evil.example/",
           "http:\\\\127.0.0.1\\",
           "http://user@127.0.0.1/",
           "http://good.example@127.0.0.1/",
           "http://user:secret@good.example/",
           "http://@good.example/",
           "http://good.example:80@127.0.0.1/",
           "http://good.example%00.evil.example/",
           "http://good.example/%00",
           "http://good.example%2f@127.0.0.1/",
           "http://127.0.0.1%2f.good.example/",
           "http://%31%32%37.0.0.1/",
           "http://good.example\r\nHost: evil/",
           "http://good.example\t/",
           "http://good example/",
           "http:///good.example/",
           "http:good.example",
           "http:/good.example",
           "http://",
           "http://.",
           "http://..",
           "http://a..b/",
           "http://good.example:0/",
           "http://good.example:65536/",
           "http://good.example:99999999999/",
           "http://good.example:8 0/",
           "http://good.example:-80/",
           "http://[::1/",
           "http://::1/",
           "http://[fe80::1%25eth0]/",
           "http://[v1.x]/",
           "http://[::1]evil/",
           // IDNA: full stops and digits that normalise to ASCII; a name has to come as punycode.
           "http://127\u30020.0.1/",
           "http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/",
           "http://ex\xC3\xA4mple.com/",
           "http://loc\u00ADalhost/",
           // inet_aton's forms.
           "http://2130706433/",
           "http://0x7f000001/",
           "http://0x7f.1/",
           "http://0177.0.0.1/",
           "http://017700000001/",
           "http://127.1/",
           "http://127.0.1/",
           "http://127.0.0.1.1/",
           "http://127.0.0.0x1/",
           "http://127.0.0.01/",
           "http://127.0.0.256/",
           "http://1.0x",
           "http://a.0X7F/",
           "https://good.example/a\\b",
           "s3:/bucket/key",
           "s3:bucket/key",
           "s3://user@bucket/key",
           "s3://bucket:80/key",
           "s3://bu\\cket/key",
           "s3://bucket",
           "s3://bucket/",
           "s3:///key",
           "http://127.0.0.1.evil.example/",
           "http://127.0.0.1.nip.io./",
           "s3://10.0.0.1/key",
           "s3://bucket/a/../../other/key",
           "s3://bucket/./a",
           "s3://bucket/a/..",
           "s3://bucket/a\nb",
           "s3://-bucket/key",
           "s3://bu..cket/key",
           "file://server/share/x",
           "file:relative",
           "file:///a%00b",
           "file:///a?b",
           "file:///a#b",
           "file://user@localhost/a",
           "",
       }) {
    EXPECT_EQ(CodeOf(url), kMediaInvalidUrl) << url;
  }
}

TEST(MediaUrlTest, AFinalDotDoesNotHideAnAddress) {
  const auto url = ParseMediaUrl("http://127.0.0.1./");
  EXPECT_EQ(url ? url->origin.host : url.error().code, kMediaInvalidUrl);
}

TEST(MediaUrlTest, RefusesOtherSchemes) {
  for (const char* url : {"ftp://h/x", "gopher://h/x", "javascript:alert(1)", "concat:a|b", "unix:/run/x",
                          "file+http://h/", "C:\\x"}) {
    EXPECT_EQ(CodeOf(url), kMediaForbidden) << url;
  }
}

TEST(MediaUrlTest, TakesS3KeysByteForByte) {
  const auto url = ParseMediaUrl("S3://My-Bucket.1/a b+c=d%20e?f#g/ü\\h//i.png");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->bucket, "My-Bucket.1");
  EXPECT_EQ(url->key, "a b+c=d%20e?f#g/ü\\h//i.png");
  EXPECT_EQ(CodeOf("s3://bucket/" + std::string(1024, 'k')), "ok");
  EXPECT_EQ(CodeOf("s3://bucket/" + std::string(1025, 'k')), kMediaInvalidUrl);
}

TEST(MediaUrlTest, ReadsFilesAndPaths) {
  EXPECT_EQ(ParseMediaUrl("file:///a%20b/c")->path, "/a b/c");
  EXPECT_EQ(ParseMediaUrl("file://localhost/a b")->path, "/a b");
  EXPECT_EQ(ParseMediaUrl("file:/a")->path, "/a");
  EXPECT_EQ(ParseMediaUrl("media/a.png")->scheme, Scheme::kRelative);
  EXPECT_EQ(ParseMediaUrl("data:,x")->scheme, Scheme::kData);
}

TEST(MediaUrlTest, LimitsTheLength) {
  const std::string prefix = "http://h/";
  EXPECT_EQ(CodeOf(prefix + std::string(kMaxUrlBytes - prefix.size(), 'x')), "ok");
  EXPECT_EQ(CodeOf(prefix + std::string(kMaxUrlBytes - prefix.size() + 1, 'x')), kMediaInvalidUrl);
}

TEST(MediaUrlTest, ResolvesRedirects) {
  const auto base = ParseMediaUrl("https://h.example:444/a/b?q");
  const auto to = [&](std::string_view location) {
    const auto url = ResolveRedirect(*base, location);
    return url ? url->CacheKey() : url.error().code;
  };
  EXPECT_EQ(to("c d"), "https://h.example:444/a/c%20d");
  EXPECT_EQ(to("/x?y#z"), "https://h.example:444/x?y");
  EXPECT_EQ(to("//other.example/x"), "https://other.example:443/x");
  EXPECT_EQ(to("http://127.0.0.1/"), "http://127.0.0.1:80/");
  EXPECT_EQ(to("//user@other.example/x"), kMediaInvalidUrl);
  EXPECT_EQ(to("/\\other.example"), kMediaInvalidUrl);
  EXPECT_EQ(to("//127.0.0.1.evil.example/"), kMediaInvalidUrl);
  EXPECT_EQ(to("ftp://h/"), kMediaForbidden);
}

}  // namespace
}  // namespace vlr
