#include "storage/address_guard.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <utility>

namespace vlr {
namespace {

namespace ip = boost::asio::ip;

struct BlockV4 {
  std::uint32_t prefix;
  int bits;
};

constexpr std::uint32_t V4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

// IANA IPv4 Special-Purpose Address Registry, multicast, class E, and metadata services outside of them.
constexpr std::array kRefusedV4 = {
    BlockV4{V4(0, 0, 0, 0), 8},         // this network
    BlockV4{V4(10, 0, 0, 0), 8},        // private
    BlockV4{V4(100, 64, 0, 0), 10},     // shared (CGNAT); Alibaba's metadata service
    BlockV4{V4(127, 0, 0, 0), 8},       // loopback
    BlockV4{V4(168, 63, 129, 16), 32},  // Azure's platform service
    BlockV4{V4(169, 254, 0, 0), 16},    // link-local; metadata services
    BlockV4{V4(172, 16, 0, 0), 12},     // private
    BlockV4{V4(192, 0, 0, 0), 24},      // protocol assignments; Oracle's metadata service
    BlockV4{V4(192, 0, 2, 0), 24},      // documentation
    BlockV4{V4(192, 31, 196, 0), 24},   // AS112
    BlockV4{V4(192, 52, 193, 0), 24},   // AMT
    BlockV4{V4(192, 88, 99, 0), 24},    // 6to4 relays
    BlockV4{V4(192, 168, 0, 0), 16},    // private
    BlockV4{V4(192, 175, 48, 0), 24},   // AS112
    BlockV4{V4(198, 18, 0, 0), 15},     // benchmarking
    BlockV4{V4(198, 51, 100, 0), 24},   // documentation
    BlockV4{V4(203, 0, 113, 0), 24},    // documentation
    BlockV4{V4(224, 0, 0, 0), 4},       // multicast
    BlockV4{V4(240, 0, 0, 0), 4},       // reserved, broadcast
};

struct BlockV6 {
  std::array<std::uint8_t, 6> prefix;
  int bits;
};

// Only 2000::/3 is public; these are its exceptions.
constexpr std::array kRefusedV6 = {
    BlockV6{{0x20, 0x01, 0x00, 0x00}, 23},  // protocol assignments: Teredo, ORCHID, benchmarking, …
    BlockV6{{0x20, 0x01, 0x0D, 0xB8}, 32},  // documentation
    BlockV6{{0x20, 0x02}, 16},              // 6to4
    BlockV6{{0x26, 0x20, 0x00, 0x4F, 0x80, 0x00}, 48},  // AS112
    BlockV6{{0x3F, 0xFF, 0x00}, 20},                    // documentation
};

bool IsPublicV4(const ip::address_v4& address) {
  const std::uint32_t value = address.to_uint();
  return std::none_of(kRefusedV4.begin(), kRefusedV4.end(), [&](const BlockV4& block) {
    return ((value ^ block.prefix) >> (32 - block.bits)) == 0;
  });
}

bool IsIn(const ip::address_v6::bytes_type& bytes, const BlockV6& block) {
  for (int bit = 0; bit < block.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((bytes[byte] ^ block.prefix[byte]) & mask) != 0) return false;
  }
  return true;
}

// RFC 5214: an interface identifier 0000:5efe or 0200:5efe (the latter for a public IPv4) then the IPv4
// address.
bool IsIsatap(const ip::address_v6::bytes_type& bytes) {
  return (bytes[8] & 0xFD) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
}

bool IsPublicV6(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  if ((bytes[0] & 0xE0) != 0x20 || IsIsatap(bytes)) return false;
  return std::none_of(kRefusedV6.begin(), kRefusedV6.end(),
                      [&](const BlockV6& block) { return IsIn(bytes, block); });
}

std::string Part(const char* option, std::size_t index) {
  return std::string("storage.") + option + "[" + std::to_string(index) + "]";
}

bool InNetwork(const ip::address_v6& address, const ip::network_v6& network) {
  return ip::network_v6(address, network.prefix_length()).canonical() == network;
}

bool InNetwork(const ip::address_v4& address, const ip::network_v4& network) {
  return ip::network_v4(address, network.prefix_length()).canonical() == network;
}

}  // namespace

bool IsPublicAddress(const ip::address& address) {
  return address.is_v4() ? IsPublicV4(address.to_v4()) : IsPublicV6(address.to_v6());
}

Result<AddressGuard::HostRule> AddressGuard::ParseHostRule(const std::string& text, const std::string& part) {
  const bool wildcard = text.starts_with("*.");
  const auto url = ParseMediaUrl("http://" + (wildcard ? text.substr(2) : text));
  const bool plain = url && url->target == "/" && text.find_first_of("/?#") == std::string::npos;
  if (!plain) return Error{"invalid_config", part + ": not a host name, \"host:port\" or \"*.domain\"", part};
  const bool has_port = text.rfind(':') != std::string::npos && text.back() != ']';
  return HostRule{(wildcard ? "." : "") + url->origin.host, has_port ? url->origin.port : std::uint16_t{0}};
}

Result<AddressGuard> AddressGuard::Create(const std::vector<std::string>& allow_hosts,
                                          const std::vector<std::string>& allow_networks) {
  AddressGuard guard;
  for (std::size_t i = 0; i < allow_hosts.size(); ++i) {
    auto rule = ParseHostRule(allow_hosts[i], Part("allow_hosts", i));
    if (!rule) return rule.error();
    guard.hosts_.push_back(std::move(*rule));
  }
  for (std::size_t i = 0; i < allow_networks.size(); ++i) {
    boost::system::error_code error;
    const auto v4 = ip::make_network_v4(allow_networks[i], error);
    if (!error) {
      guard.networks_v4_.push_back(v4.canonical());
      continue;
    }
    const auto v6 = ip::make_network_v6(allow_networks[i], error);
    const std::string part = Part("allow_networks", i);
    if (error) return Error{"invalid_config", part + ": not a network such as 10.1.0.0/16 or fd00::/8", part};
    guard.networks_v6_.push_back(v6.canonical());
  }
  return guard;
}

bool AddressGuard::Allows(const Origin& origin, const ip::address& address) const {
  if (IsPublicAddress(address)) return true;
  for (const HostRule& rule : hosts_) {
    if (rule.port != 0 && rule.port != origin.port) continue;
    if (rule.name == origin.host) return true;
    if (rule.name.front() == '.' && origin.host.ends_with(rule.name)) return true;
  }
  if (address.is_v4()) {
    return std::any_of(networks_v4_.begin(), networks_v4_.end(),
                       [&](const auto& network) { return InNetwork(address.to_v4(), network); });
  }
  const ip::address_v6 v6 = address.to_v6();
  if (v6.scope_id() != 0) return false;
  return std::any_of(networks_v6_.begin(), networks_v6_.end(),
                     [&](const auto& network) { return InNetwork(v6, network); });
}

}  // namespace vlr
