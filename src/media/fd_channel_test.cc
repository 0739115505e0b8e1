#include "media/fd_channel.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "media/testing/drop_privileges.h"

namespace vlr {
namespace {

using std::chrono::steady_clock;

constexpr std::array<std::byte, 1> kMessage{};

std::pair<UniqueFd, UniqueFd> SocketPair() {
  std::array<int, 2> sockets{-1, -1};
  ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data());
  return {UniqueFd(sockets[0]), UniqueFd(sockets[1])};
}

bool Receive(int socket) {
  std::array<std::byte, 1> message{};
  UniqueFd fd;
  const auto soon = steady_clock::now() + std::chrono::seconds(60);
  return ReceiveMessage(socket, message, &fd, soon) == Received::kMessage && fd;
}

TEST(FdChannelTest, IsReadableWithAMessageOrNobodyLeft) {
  auto [here, there] = SocketPair();
  EXPECT_FALSE(IsReadable(here.get()));
  EXPECT_TRUE(SendMessage(there.get(), kMessage, there.get()));
  EXPECT_TRUE(IsReadable(here.get()));
  EXPECT_TRUE(Receive(here.get()));
  EXPECT_FALSE(IsReadable(here.get()));
  there.Reset();
  EXPECT_TRUE(IsReadable(here.get()));
}

// More than may be on their way, taken by somebody who comes late.
bool SendsMoreThanMayBeOnTheirWay() {
  constexpr rlim_t kMost = 32;
  const rlimit limit{kMost, kMost};
  auto [here, there] = SocketPair();
  if (!testing::DropPrivileges() || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  bool received = true;
  std::thread late([&received, socket = there.get()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    for (rlim_t i = 0; i < 2 * kMost; ++i) received = received && Receive(socket);
  });
  bool sent = true;
  for (rlim_t i = 0; i < 2 * kMost; ++i) sent = SendMessage(here.get(), kMessage, here.get()) && sent;
  here.Reset();
  late.join();
  return sent && received;
}

TEST(FdChannelDeathTest, AMessageWaitsWhileTooManyDescriptorsAreOnTheirWay) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::_Exit(SendsMoreThanMayBeOnTheirWay() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vlr
