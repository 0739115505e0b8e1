// No answer of a server crashes the client, and no body is over the limit.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/exchange.h"

namespace {

constexpr std::size_t kLimit = 256;

boost::asio::awaitable<void> Ask(boost::beast::test::stream& stream) {
  const vlr::WireRequest request = vlr::MakeWireRequest({});
  const vlr::ExchangeLimits limits{kLimit, 1024};
  const auto response = co_await vlr::Exchange(stream, request, limits);
  if (!response) co_return;
  const std::size_t limit = response->status == 200 ? kLimit : vlr::kMaxErrorBodyBytes;
  if (response->body.size() > limit || response->status < 200) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  boost::asio::io_context context;
  boost::beast::test::stream stream(context);
  boost::beast::test::stream peer = boost::beast::test::connect(stream);
  // The first byte says how the rest is cut into reads.
  stream.read_size(1 + std::size_t{data[0]} * 4);
  stream.append({reinterpret_cast<const char*>(data + 1), size - 1});
  peer.close();
  boost::asio::co_spawn(context, Ask(stream), boost::asio::detached);
  context.run();
  return 0;
}
