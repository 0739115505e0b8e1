#include "storage/remote_source.h"

#include <optional>
#include <utility>

#include "storage/error_codes.h"
#include "storage/http_status.h"
#include "storage/percent.h"

namespace vlr {

namespace asio = boost::asio;
using Scheme = MediaUrl::Scheme;

namespace {

Error Forbidden(std::string why) {
  return {std::string(kMediaForbidden), std::move(why)};
}

// The other reading of a key: some callers escape it as in an https: URL.
std::optional<std::string> DecodedKey(const std::string& key) {
  if (key.find('%') == std::string::npos) return std::nullopt;
  auto decoded = PercentDecode(key);
  if (!decoded || !IsUsableS3Key(*decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

RemoteSource::RemoteSource(const StorageOptions& options, std::unique_ptr<HttpClient> client, S3Source s3,
                           std::shared_ptr<Clock> clock)
    : allow_http_(options.allow_http),
      allow_https_(options.allow_https),
      max_redirects_(options.max_redirects),
      client_(std::move(client)),
      s3_(std::move(s3)),
      clock_(std::move(clock)) {}

Result<void> RemoteSource::Check(const MediaUrl& url) const {
  switch (url.scheme) {
    case Scheme::kS3:
      if (s3_.Allows(url.bucket)) return {};
      return Forbidden("the bucket \"" + url.bucket + "\" is not on the list of allowed buckets");
    case Scheme::kHttp:
      if (allow_http_) return {};
      return Forbidden("http: URLs are switched off");
    case Scheme::kHttps:
      if (allow_https_) return {};
      return Forbidden("https: URLs are switched off");
    case Scheme::kData:
    case Scheme::kFile:
    case Scheme::kRelative:
      break;
  }
  return Forbidden("not a URL of a remote object");
}

asio::awaitable<Result<RemoteSource::Object>> RemoteSource::Load(const MediaUrl& url, std::size_t max_bytes,
                                                                 SteadyTime deadline) {
  if (url.scheme == Scheme::kS3) co_return co_await LoadS3(url, max_bytes, deadline);
  co_return co_await LoadHttp(url, max_bytes, deadline);
}

asio::awaitable<Result<RemoteSource::Object>> RemoteSource::LoadS3(const MediaUrl& url, std::size_t max_bytes,
                                                                   SteadyTime deadline) {
  HttpRequest request = s3_.Get(url.bucket, url.key, clock_->Now());
  Result<HttpResponse> response = co_await client_->Get(request, max_bytes, deadline);
  const auto other_key = DecodedKey(url.key);
  if (response && response->status == 404 && other_key) {
    request = s3_.Get(url.bucket, *other_key, clock_->Now());
    response = co_await client_->Get(request, max_bytes, deadline);
  }
  if (!response) co_return response.error();
  if (response->status != 200) co_return S3Error(*response);
  co_return Object{std::move(response->body)};
}

asio::awaitable<Result<RemoteSource::Object>> RemoteSource::LoadHttp(MediaUrl url, std::size_t max_bytes,
                                                                     SteadyTime deadline) {
  for (int hop = 0;; ++hop) {
    HttpRequest request;
    request.origin = url.origin;
    request.target = url.target;
    Result<HttpResponse> response = co_await client_->Get(request, max_bytes, deadline);
    if (!response) co_return response.error();
    if (response->status == 200) co_return Object{std::move(response->body), !response->no_store};
    if (!IsRedirect(response->status) || response->location.empty()) co_return StatusError(response->status);
    if (hop == max_redirects_) {
      co_return Error{std::string(kMediaUnreachable),
                      "more than " + std::to_string(max_redirects_) + " redirects"};
    }
    auto next = ResolveRedirect(url, response->location);
    if (!next) co_return next.error();
    const bool is_http = next->scheme == Scheme::kHttp || next->scheme == Scheme::kHttps;
    if (!is_http) co_return Forbidden("the server redirects to a URL that is neither http: nor https:");
    if (url.origin.tls && !next->origin.tls) co_return Forbidden("the server redirects from https: to http:");
    const auto checked = Check(*next);
    if (!checked) co_return checked.error();
    url = std::move(*next);
  }
}

}  // namespace vlr
