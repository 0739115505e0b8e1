#include "storage/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <memory>
#include <utility>

#include "storage/error_codes.h"

namespace vlr {
namespace {

namespace ip = boost::asio::ip;

Result<std::vector<ip::address>> Lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(rc == 0 ? found : nullptr,
                                                                   &::freeaddrinfo);
  std::vector<ip::address> addresses;
  for (const addrinfo* entry = owner.get(); entry != nullptr; entry = entry->ai_next) {
    ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    addresses.push_back(endpoint.address());
  }
  if (addresses.empty()) return Error{std::string(kMediaUnreachable), "the host name does not resolve"};
  return addresses;
}

}  // namespace

void SystemResolver::Resolve(const std::string& host, Done done) {
  boost::asio::post(pool_, [host, done = std::move(done)] { done(Lookup(host)); });
}

}  // namespace vlr
