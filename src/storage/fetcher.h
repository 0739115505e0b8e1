// The one door to bytes: s3://, https://, http://, data:, file:. Everything that a request names is read
// through here, behind one URL parser and one address guard.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "storage/clock.h"
#include "storage/error_codes.h"
#include "storage/options.h"
#include "storage/resolver.h"

namespace vlr {

// An object's bytes, shared with the cache; never null in a Result.
using Bytes = std::shared_ptr<const std::string>;

struct FetchRequest {
  // s3://bucket/key: the key byte for byte as the AWS tools take it ("s3://kb/a b+c.png"); when there is no
  // such object and the key has %XX escapes, the decoded key is asked for. http(s): as RFC 3986, spaces and
  // UTF-8 are escaped for the caller. data:, file: as RFC 2397 and RFC 8089. A path when there is a
  // media_root.
  std::string url;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::size_t max_bytes = SIZE_MAX;  // StorageOptions::max_bytes bounds it
};

// Since creation. `errors` is parallel to kMediaErrorCodes.
struct FetchCounters {
  std::uint64_t fetches = 0;        // calls of Fetch that ended, cancelled ones left out
  std::uint64_t http_requests = 0;  // sent to S3 or HTTP servers: retries and redirects count, hits do not
  std::uint64_t network_bytes = 0;  // bytes of bodies received
  std::uint64_t connections = 0;    // opened
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  std::uint64_t joined = 0;  // fetches that waited for one of the same URL already under way
  std::uint64_t cancelled = 0;
  std::uint64_t cache_bytes = 0;  // held now
  std::array<std::uint64_t, kMediaErrorCodes.size()> errors{};
};

// What tests put in; null: the system's.
struct FetcherDependencies {
  std::shared_ptr<Resolver> resolver;
  std::shared_ptr<Clock> clock;
};

// Thread safe. Connections live on a strand of the executor given. The destructor cancels what is under way;
// REQUIRES: the executor's context outlives the Fetcher, and the Fetcher is not destroyed inside Fetch.
class Fetcher {
 public:
  // Errors: "invalid_config", the part names the option ("storage.file_roots[0]").
  static Result<std::unique_ptr<Fetcher>> Create(const boost::asio::any_io_executor& executor,
                                                 StorageOptions options,
                                                 FetcherDependencies dependencies = {});
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // Errors: the codes of error_codes.h; messages hold no address, credential or query string. When the
  // awaiting coroutine is cancelled (terminal), throws system_error(operation_aborted) as Asio's own
  // operations do; the connection is closed unless another caller waits for the same object.
  boost::asio::awaitable<Result<Bytes>> Fetch(FetchRequest request);

  FetchCounters counters() const;

 private:
  class Impl;
  explicit Fetcher(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace vlr
