#include "sidecar/auth/api_key.h"

#include <gtest/gtest.h>

namespace vlr::auth {
namespace {

// FIPS 180-4's example "abc".
constexpr const char* kAbc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(ApiKeyTest, HashesAreSha256AndReadBack) {
  EXPECT_EQ(ToText(HashOf("abc")), kAbc);
  EXPECT_EQ(KeyHashFrom(kAbc), HashOf("abc"));
  for (const char* wrong :
       {"", "sha256:", "ba78", "sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha1:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}) {
    EXPECT_FALSE(KeyHashFrom(wrong)) << wrong;
  }
}

TEST(ApiKeyTest, MadeKeysAreLongAndDiffer) {
  const auto one = MakeKey();
  const auto other = MakeKey();
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->size(), 47U);
  EXPECT_GE(one->size(), kMinKeyLength);
  EXPECT_NE(*one, *other);
  EXPECT_EQ(one->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST(ApiKeyTest, BearerIsReadInAnyCase) {
  EXPECT_EQ(BearerKey("Bearer abc"), "abc");
  EXPECT_EQ(BearerKey("bEARER   abc"), "abc");
  for (const char* other : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"}) {
    EXPECT_EQ(BearerKey(other), "") << other;
  }
}

TEST(ApiKeyTest, FindsTheKeyOfAHash) {
  const std::vector<ApiKey> keys = {{"a", Role::kScore, HashOf("first")},
                                    {"b", Role::kAdmin, HashOf("second")}};
  EXPECT_EQ(FindKey(keys, HashOf("second")), 1U);
  EXPECT_EQ(FindKey(keys, HashOf("third")), std::nullopt);
  KeyHash almost = HashOf("first");
  almost.back() ^= 1;
  EXPECT_EQ(FindKey(keys, almost), std::nullopt);
}

}  // namespace
}  // namespace vlr::auth
