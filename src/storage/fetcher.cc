#include "storage/fetcher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdlib>
#include <optional>
#include <utility>

#include "storage/await_load.h"
#include "storage/byte_cache.h"
#include "storage/data_url.h"
#include "storage/file_source.h"
#include "storage/one_shot.h"
#include "storage/remote_source.h"
#include "storage/tls.h"

namespace vlr {

namespace asio = boost::asio;
using Scheme = MediaUrl::Scheme;

namespace {

Result<void> CheckLimits(const StorageOptions& options) {
  const auto error = [](const std::string& name, const char* why) {
    return Error{"invalid_config", "storage." + name + ": " + why, "storage." + name};
  };
  const auto zero = std::chrono::milliseconds::zero();
  if (options.max_bytes == 0) return error("max_bytes", "must be at least 1");
  if (options.max_header_bytes == 0 || options.max_header_bytes > kReadBufferBytes) {
    return error("max_header_bytes", "must be in 1…65536");
  }
  if (options.connect_timeout <= zero) return error("connect_timeout", "must be positive");
  if (options.total_timeout <= zero) return error("total_timeout", "must be positive");
  if (options.max_redirects < 0) return error("max_redirects", "must not be negative");
  if (options.max_retries < 0) return error("max_retries", "must not be negative");
  if (options.retry_backoff < zero) return error("retry_backoff", "must not be negative");
  if (options.max_connections_per_host == 0) return error("max_connections_per_host", "must be at least 1");
  if (options.blocking_threads == 0) return error("blocking_threads", "must be at least 1");
  return {};
}

}  // namespace

class Fetcher::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, const StorageOptions& options)
      : strand(executor),
        max_bytes(options.max_bytes),
        allow_data(options.allow_data),
        total_timeout(options.total_timeout),
        pool(std::make_unique<asio::thread_pool>(options.blocking_threads)),
        counters(std::make_shared<StorageCounters>()),
        flights(std::make_shared<Flights>(strand, counters)),
        cache(std::make_shared<ByteCache>(options.cache_bytes, options.cache_ttl)) {}

  // What can be answered without waiting: refusals, data: URLs, cached objects. Fills `url` otherwise.
  std::optional<LoadResult> AnswerNow(const FetchRequest& request, std::size_t limit, MediaUrl* url);
  // Names a flight and makes its load.
  std::string FlightKey(const MediaUrl& url, std::size_t limit) const;
  Flights::Load LoadOf(MediaUrl url, std::size_t limit);

  Strand strand;
  std::size_t max_bytes;
  bool allow_data;
  std::chrono::milliseconds total_timeout;
  std::unique_ptr<asio::thread_pool> pool;
  std::shared_ptr<StorageCounters> counters;
  std::shared_ptr<Flights> flights;
  std::shared_ptr<ByteCache> cache;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<const FileSource> files;
  std::unique_ptr<RemoteSource> remote;

 private:
  // Static, so that the frame owns what it uses from the moment it exists.
  static asio::awaitable<LoadResult> LoadFile(std::shared_ptr<Impl> self, MediaUrl url, std::size_t limit);
  static asio::awaitable<LoadResult> LoadRemote(std::shared_ptr<Impl> self, MediaUrl url, std::size_t limit);
  static asio::awaitable<LoadResult> Gone();
};

std::optional<LoadResult> Fetcher::Impl::AnswerNow(const FetchRequest& request, std::size_t limit,
                                                   MediaUrl* url) {
  auto parsed = ParseMediaUrl(request.url);
  if (!parsed) return parsed.error();
  *url = std::move(*parsed);
  switch (url->scheme) {
    case Scheme::kData: {
      if (!allow_data) return Error{std::string(kMediaForbidden), "data: URLs are switched off"};
      auto bytes = DecodeDataUrl(request.url, limit);
      if (!bytes) return bytes.error();
      return std::make_shared<const std::string>(std::move(*bytes));
    }
    case Scheme::kRelative:
      if (!files->has_media_root())
        return Error{std::string(kMediaInvalidUrl), "not a URL: it has no scheme"};
      break;
    case Scheme::kFile:
      break;
    case Scheme::kHttp:
    case Scheme::kHttps:
    case Scheme::kS3: {
      const auto checked = remote->Check(*url);
      if (!checked) return checked.error();
      auto cached = cache->Find(url->CacheKey(), clock->SteadyNow());
      ++(cached ? counters->cache_hits : counters->cache_misses);
      if (!cached) break;
      if (cached->size() > limit) {
        return Error{std::string(kMediaTooLarge),
                     "the object has more than " + std::to_string(limit) + " bytes"};
      }
      return cached;
    }
  }
  if (std::chrono::steady_clock::now() >= request.deadline) {
    return Error{std::string(kMediaTimeout), "the deadline passed before the object was asked for"};
  }
  return std::nullopt;
}

std::string Fetcher::Impl::FlightKey(const MediaUrl& url, std::size_t limit) const {
  std::string key = std::to_string(limit) + " ";
  if (url.scheme == Scheme::kFile) return key + "file:" + url.path;
  if (url.scheme == Scheme::kRelative) return key + "relative:" + url.path;
  return key + url.CacheKey();
}

Flights::Load Fetcher::Impl::LoadOf(MediaUrl url, std::size_t limit) {
  return [weak = weak_from_this(), url = std::move(url), limit]() -> asio::awaitable<LoadResult> {
    const auto self = weak.lock();
    if (!self) return Gone();
    const bool local = url.scheme == Scheme::kFile || url.scheme == Scheme::kRelative;
    return local ? LoadFile(self, url, limit) : LoadRemote(self, url, limit);
  };
}

asio::awaitable<LoadResult> Fetcher::Impl::LoadFile(std::shared_ptr<Impl> self, MediaUrl url,
                                                    std::size_t limit) {
  const auto deadline = std::chrono::steady_clock::now() + self->total_timeout;
  const auto answer = std::make_shared<OneShot<Result<std::string>>>(self->strand);
  asio::post(*self->pool, [files = self->files, url = std::move(url), limit, answer] {
    const bool absolute = url.scheme == Scheme::kFile;
    answer->Set(absolute ? files->ReadAbsolute(url.path, limit) : files->ReadRelative(url.path, limit));
  });
  auto bytes = co_await answer->Wait(deadline);
  if (!bytes) co_return Error{std::string(kMediaTimeout), "reading the file took too long"};
  if (!*bytes) co_return bytes->error();
  co_return std::make_shared<const std::string>(std::move(**bytes));
}

asio::awaitable<LoadResult> Fetcher::Impl::LoadRemote(std::shared_ptr<Impl> self, MediaUrl url,
                                                      std::size_t limit) {
  const auto deadline = std::chrono::steady_clock::now() + self->total_timeout;
  Result<RemoteSource::Object> object = co_await self->remote->Load(url, limit, deadline);
  if (!object) co_return object.error();
  const auto bytes = std::make_shared<const std::string>(std::move(object->bytes));
  if (object->cacheable) self->cache->Insert(url.CacheKey(), bytes, self->clock->SteadyNow());
  co_return bytes;
}

asio::awaitable<LoadResult> Fetcher::Impl::Gone() {
  co_return Error{std::string(kMediaUnreachable), "the fetcher has shut down"};
}

Result<std::unique_ptr<Fetcher>> Fetcher::Create(const asio::any_io_executor& executor,
                                                 StorageOptions options, FetcherDependencies dependencies) {
  const auto sane = CheckLimits(options);
  if (!sane) return sane.error();
  if (options.s3.use_environment)
    FillFromEnvironment(&options.s3, [](const char* name) { return std::getenv(name); });
  auto files = FileSource::Create(options.file_roots, options.media_root);
  if (!files) return files.error();
  auto s3 = S3Source::Create(options.s3);
  if (!s3) return s3.error();
  auto guard = AddressGuard::Create(options.allow_hosts, options.allow_networks);
  if (!guard) return guard.error();
  auto tls = MakeTlsContext(options.tls_ca_file);
  if (!tls) return tls.error();

  auto impl = std::make_shared<Impl>(executor, options);
  if (!dependencies.resolver) dependencies.resolver = std::make_shared<SystemResolver>(*impl->pool);
  if (!dependencies.clock) dependencies.clock = std::make_shared<Clock>();
  impl->clock = dependencies.clock;
  impl->files = std::make_shared<const FileSource>(std::move(*files));
  HttpClient::Parts parts{std::move(dependencies.resolver), std::move(*guard), std::move(*tls),
                          impl->counters};
  auto client = std::make_unique<HttpClient>(impl->strand, options, std::move(parts));
  impl->remote = std::make_unique<RemoteSource>(options, std::move(client), std::move(*s3),
                                                std::move(dependencies.clock));
  return std::unique_ptr<Fetcher>(new Fetcher(std::move(impl)));
}

Fetcher::Fetcher(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Fetcher::~Fetcher() {
  asio::post(impl_->strand, [flights = impl_->flights] { flights->Stop(); });
  // Here, not where the last frame lets go of Impl: that may be one of these threads.
  impl_->pool->stop();
  impl_->pool->join();
}

asio::awaitable<Result<Bytes>> Fetcher::Fetch(FetchRequest request) {
  // The frame keeps nothing of Impl while it waits (await_load.h), and reads no member after it.
  const auto counters = impl_->counters;
  const std::size_t limit = std::min(request.max_bytes, impl_->max_bytes);
  MediaUrl url;
  std::optional<LoadResult> result = impl_->AnswerNow(request, limit, &url);
  if (!result) {
    std::string key = impl_->FlightKey(url, limit);
    Flights::Load load = impl_->LoadOf(std::move(url), limit);
    result =
        co_await AwaitLoad(impl_->strand, impl_->flights, std::move(key), request.deadline, std::move(load));
  }
  ++counters->fetches;
  if (!*result) {
    const auto code = std::find(kMediaErrorCodes.begin(), kMediaErrorCodes.end(), result->error().code);
    if (code != kMediaErrorCodes.end()) {
      ++counters->errors[static_cast<std::size_t>(code - kMediaErrorCodes.begin())];
    }
  }
  co_return std::move(*result);
}

FetchCounters Fetcher::counters() const {
  const StorageCounters& from = *impl_->counters;
  FetchCounters out;
  out.fetches = from.fetches;
  out.http_requests = from.http_requests;
  out.network_bytes = from.network_bytes;
  out.connections = from.connections;
  out.cache_hits = from.cache_hits;
  out.cache_misses = from.cache_misses;
  out.joined = from.joined;
  out.cancelled = from.cancelled;
  out.cache_bytes = impl_->cache->size_bytes();
  for (std::size_t i = 0; i < out.errors.size(); ++i) out.errors[i] = from.errors[i];
  return out;
}

}  // namespace vlr
