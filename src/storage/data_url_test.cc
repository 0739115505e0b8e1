#include "storage/data_url.h"

#include <gtest/gtest.h>

#include "storage/error_codes.h"

namespace vlr {
namespace {

std::string Decoded(std::string_view url, std::size_t max_bytes = 100) {
  const auto bytes = DecodeDataUrl(url, max_bytes);
  return bytes ? *bytes : bytes.error().code;
}

TEST(DataUrlTest, DecodesBase64) {
  EXPECT_EQ(Decoded("data:image/png;base64,aGVsbG8="), "hello");
  EXPECT_EQ(Decoded("DATA:;BASE64,aGVsbG8"), "hello");
  EXPECT_EQ(Decoded("data:text/plain;charset=utf-8;base64,aGVs\nbG8="), "hello");
  EXPECT_EQ(Decoded("data:;base64,aGVsbG8%3D"), "hello");
  EXPECT_EQ(Decoded("data:;base64,%2F%2b8="), "\xFF\xEF");
  EXPECT_EQ(Decoded("data:;base64,"), "");
}

TEST(DataUrlTest, DecodesPercentEncoding) {
  EXPECT_EQ(Decoded("data:,a%20b%00c"), std::string("a b\0c", 5));
  EXPECT_EQ(Decoded("data:text/plain,x,y"), "x,y");
  EXPECT_EQ(Decoded("data:base64,abc="), "abc=");
}

TEST(DataUrlTest, RefusesWhatIsMalformed) {
  for (const char* url :
       {"data:;base64,a", "data:;base64,ab=", "data:;base64,ab===", "data:;base64,=ab=", "data:;base64,ab=c",
        "data:;base64,a-_b", "data:;base64,a%2", "data:;base64", "data:,%g0", "data:", "nodata:,x"}) {
    EXPECT_EQ(Decoded(url), kMediaInvalidUrl) << url;
  }
  EXPECT_EQ(Decoded("data:" + std::string(2000, 'x') + ",y"), kMediaInvalidUrl);
}

TEST(DataUrlTest, BoundsTheSize) {
  EXPECT_EQ(Decoded("data:;base64,aGVsbG8=", 5), "hello");
  EXPECT_EQ(Decoded("data:;base64,aGVsbG8=", 4), kMediaTooLarge);
  EXPECT_EQ(Decoded("data:,hello", 5), "hello");
  EXPECT_EQ(Decoded("data:,hello", 4), kMediaTooLarge);
  EXPECT_EQ(Decoded("data:;base64,%61GVsbG8=", 4), kMediaTooLarge);
  EXPECT_EQ(Decoded("data:;base64,%20" + std::string(1000, 'A'), 4), kMediaTooLarge);
}

}  // namespace
}  // namespace vlr
