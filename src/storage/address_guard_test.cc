#include "storage/address_guard.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

using boost::asio::ip::make_address;

TEST(AddressGuardTest, KnowsWhatIsNotPublic) {
  for (const char* address : {
           "0.0.0.0",
           "0.1.2.3",
           "10.0.0.1",
           "10.255.255.255",
           "100.64.0.1",
           "100.100.100.200",
           "100.127.255.255",
           "127.0.0.1",
           "127.255.255.255",
           "168.63.129.16",
           "169.254.169.254",
           "169.254.170.2",
           "172.16.0.1",
           "172.31.255.255",
           "192.0.0.192",
           "192.0.2.1",
           "192.88.99.1",
           "192.168.0.1",
           "192.168.255.255",
           "198.18.0.1",
           "198.19.255.255",
           "198.51.100.7",
           "203.0.113.7",
           "224.0.0.1",
           "239.255.255.255",
           "240.0.0.1",
           "255.255.255.255",
           "192.31.196.1",
           "192.52.193.1",
           "192.175.48.1",
           "::",
           "::1",
           "::127.0.0.1",       // IPv4-compatible
           "::ffff:127.0.0.1",  // IPv4-mapped
           "::ffff:8.8.8.8",
           "::ffff:0:127.0.0.1",  // IPv4-translated
           "64:ff9b::7f00:1",     // NAT64
           "64:ff9b:1::a00:1",    // local NAT64
           "100::1",              // discard
           "2001::1",             // Teredo
           "2001:0:7f00:1::",
           "2001:2::1",   // benchmarking
           "2001:10::1",  // ORCHID
           "2001:20::1",
           "2001:1ff:ffff::1",
           "2001:db8::1",     // documentation
           "2002:7f00:1::1",  // 6to4 of 127.0.0.1
           "2002:a00:1::1",
           "2620:4f:8000::1",
           "3fff::1",
           "3fff:fff::1",
           "2606:4700::5efe:7f00:1",  // ISATAP
           "2606:4700::200:5efe:808:808",
           "4000::1",
           "5f00::1",
           "fc00::1",
           "fd00:ec2::254",  // metadata
           "fe80::1",
           "fec0::1",
           "ff02::1",
       }) {
    EXPECT_FALSE(IsPublicAddress(make_address(address))) << address;
  }
}

TEST(AddressGuardTest, KnowsWhatIsPublic) {
  for (const char* address : {"1.1.1.1",
                              "8.8.8.8",
                              "9.255.255.255",
                              "11.0.0.0",
                              "100.63.255.255",
                              "100.128.0.0",
                              "126.255.255.255",
                              "128.0.0.1",
                              "168.63.129.15",
                              "169.253.255.255",
                              "172.15.255.255",
                              "172.32.0.0",
                              "192.0.1.1",
                              "192.167.255.255",
                              "198.17.255.255",
                              "198.20.0.0",
                              "223.255.255.255",
                              "2001:200::1",
                              "2001:4860:4860::8888",
                              "2606:4700::1111",
                              "2003::1",
                              "2a00:1450::1",
                              "3ffe::1"}) {
    EXPECT_TRUE(IsPublicAddress(make_address(address))) << address;
  }
}

TEST(AddressGuardTest, AllowsWhatTheOperatorNames) {
  const auto guard =
      AddressGuard::Create({"media.internal", "cdn.internal:8080", "*.corp.example", "[::1]:81", "10.9.9.9"},
                           {"10.1.0.0/16", "fd00:1::/32"});
  ASSERT_TRUE(guard);
  const auto allows = [&](const char* host, std::uint16_t port, const char* address) {
    return guard->Allows({false, host, port}, make_address(address));
  };
  EXPECT_TRUE(allows("media.internal", 80, "127.0.0.1"));
  EXPECT_FALSE(allows("xmedia.internal", 80, "127.0.0.1"));
  EXPECT_FALSE(allows("a.media.internal", 80, "127.0.0.1"));
  EXPECT_TRUE(allows("cdn.internal", 8080, "192.168.1.1"));
  EXPECT_FALSE(allows("cdn.internal", 80, "192.168.1.1"));
  EXPECT_TRUE(allows("a.b.corp.example", 80, "192.168.1.1"));
  EXPECT_FALSE(allows("corp.example", 80, "192.168.1.1"));
  EXPECT_FALSE(allows("evilcorp.example", 80, "192.168.1.1"));
  EXPECT_TRUE(allows("::1", 81, "::1"));
  EXPECT_FALSE(allows("::1", 82, "::1"));
  EXPECT_TRUE(allows("10.9.9.9", 82, "10.9.9.9"));
  EXPECT_TRUE(allows("any.example", 80, "10.1.255.1"));
  EXPECT_FALSE(allows("any.example", 80, "10.2.0.1"));
  EXPECT_FALSE(allows("any.example", 80, "::ffff:10.1.0.1"));
  EXPECT_TRUE(allows("any.example", 80, "fd00:1::7"));
  EXPECT_FALSE(allows("any.example", 80, "fd00:2::7"));
  EXPECT_TRUE(allows("any.example", 80, "8.8.8.8"));
}

TEST(AddressGuardTest, NamesTheSettingThatIsWrong) {
  for (const char* host : {"", "http://x", "a/b", "a b", "u@h", "*", "*.", "*.*.x", "0x7f.1", "h:0", "h?q"}) {
    const auto guard = AddressGuard::Create({"ok.example", host}, {});
    ASSERT_FALSE(guard) << host;
    EXPECT_EQ(guard.error().part, "storage.allow_hosts[1]");
  }
  for (const char* network : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "x/8", "::/129"}) {
    const auto guard = AddressGuard::Create({}, {network});
    ASSERT_FALSE(guard) << network;
    EXPECT_EQ(guard.error().part, "storage.allow_networks[0]");
  }
}

}  // namespace
}  // namespace vlr
