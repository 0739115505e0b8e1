// The published vectors: AWS's Signature Version 4 test suite and the examples of
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#include "storage/sigv4.h"

#include <gtest/gtest.h>

#include "storage/percent.h"

namespace vlr {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr char kEmptySha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const AwsCredentials kSuiteKeys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const AwsCredentials kS3Keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const system_clock::time_point kSuiteTime{seconds(1440938160)};  // 20150830T123600Z
const system_clock::time_point kS3Time{seconds(1369353600)};     // 20130524T000000Z

std::string SignatureOf(const std::string& authorization) {
  return authorization.substr(authorization.rfind('=') + 1);
}

std::string SuiteSignature(const std::string& path, NamedValues query = {}, NamedValues more = {},
                           const std::string& method = "GET") {
  SigningInput input;
  input.method = method;
  input.path = path;
  input.query = std::move(query);
  input.headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
  input.headers.insert(input.headers.begin() + 1, more.begin(), more.end());
  input.payload_sha256 = kEmptySha256;
  return SignatureOf(SignV4(input, {"us-east-1", "service", kSuiteTime}, kSuiteKeys).authorization);
}

TEST(SigV4Test, GetVanilla) {
  SigningInput input;
  input.headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
  input.payload_sha256 = kEmptySha256;
  const Signature signature = SignV4(input, {"us-east-1", "service", kSuiteTime}, kSuiteKeys);
  EXPECT_EQ(signature.canonical_request,
            "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n" +
                std::string(kEmptySha256));
  EXPECT_EQ(signature.authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4Test, GetUtf8) {
  EXPECT_EQ(SuiteSignature(PercentEncode("/\u1234", "/")),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
}

TEST(SigV4Test, GetSpace) {
  EXPECT_EQ(SuiteSignature(PercentEncode("/example space/", "/")),
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
}

TEST(SigV4Test, GetUnreserved) {
  EXPECT_EQ(SuiteSignature(
                PercentEncode("/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "/")),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

TEST(SigV4Test, GetVanillaEmptyQueryKey) {
  EXPECT_EQ(SuiteSignature("/", {{"Param1", "value1"}}),
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb");
}

TEST(SigV4Test, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(SuiteSignature("/", {{"Param2", "value2"}, {"Param1", "value1"}}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4Test, GetVanillaUtf8Query) {
  EXPECT_EQ(SuiteSignature("/", {{PercentEncode("\u1234"), "bar"}}),
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
}

TEST(SigV4Test, GetHeaderValueTrim) {
  EXPECT_EQ(SuiteSignature("/", {}, {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST(SigV4Test, GetHeaderKeyDuplicate) {
  EXPECT_EQ(
      SuiteSignature("/", {}, {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}),
      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
}

TEST(SigV4Test, PostVanilla) {
  EXPECT_EQ(SuiteSignature("/", {}, {}, "POST"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

std::string S3Signature(const std::string& path, NamedValues query, NamedValues more) {
  SigningInput input;
  input.path = path;
  input.query = std::move(query);
  input.headers = {{"Host", "examplebucket.s3.amazonaws.com"},
                   {"x-amz-content-sha256", kEmptySha256},
                   {"x-amz-date", "20130524T000000Z"}};
  input.headers.insert(input.headers.end(), more.begin(), more.end());
  input.payload_sha256 = kEmptySha256;
  return SignatureOf(SignV4(input, {"us-east-1", "s3", kS3Time}, kS3Keys).authorization);
}

TEST(SigV4Test, S3GetObject) {
  EXPECT_EQ(S3Signature("/test.txt", {}, {{"Range", "bytes=0-9"}}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4Test, S3GetBucketLifecycle) {
  EXPECT_EQ(S3Signature("/", {{"lifecycle", ""}}, {}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4Test, S3ListObjects) {
  EXPECT_EQ(S3Signature("/", {{"prefix", "J"}, {"max-keys", "2"}}, {}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4Test, FormatsTime) {
  EXPECT_EQ(AmzDate(kSuiteTime), "20150830T123600Z");
}

}  // namespace
}  // namespace vlr
