// Decides which addresses may be dialled. Looked at for every connection, after name resolution and before
// connect.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/media_url.h"

namespace vlr {

// True for addresses of the public internet. False for every special-purpose block of the IANA registries
// (private, loopback, link-local, shared, documentation, benchmarking, multicast, reserved), for IPv6 forms
// that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP), and for cloud metadata
// services wherever they are.
bool IsPublicAddress(const boost::asio::ip::address& address);

// Immutable, thread safe.
class AddressGuard {
 public:
  // The options of StorageOptions. Errors: "invalid_config", part "storage.allow_hosts[i]" or
  // "storage.allow_networks[i]".
  static Result<AddressGuard> Create(const std::vector<std::string>& allow_hosts,
                                     const std::vector<std::string>& allow_networks);

  // May a connection to `origin`, whose host resolved to `address`, be made?
  bool Allows(const Origin& origin, const boost::asio::ip::address& address) const;

 private:
  struct HostRule {
    std::string name;        // "example.com", or ".example.com" for every name below it
    std::uint16_t port = 0;  // 0: any
  };

  static Result<HostRule> ParseHostRule(const std::string& text, const std::string& part);

  std::vector<HostRule> hosts_;
  std::vector<boost::asio::ip::network_v4> networks_v4_;
  std::vector<boost::asio::ip::network_v6> networks_v6_;
};

}  // namespace vlr
