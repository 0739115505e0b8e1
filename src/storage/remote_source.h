// Objects of s3: and http(s): URLs: requests built, redirects followed, statuses understood. On the Fetcher's
// strand only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "storage/clock.h"
#include "storage/http_client.h"
#include "storage/media_url.h"
#include "storage/s3.h"

namespace vlr {

class RemoteSource {
 public:
  struct Object {
    std::string bytes;
    bool cacheable = true;
  };

  RemoteSource(const StorageOptions& options, std::unique_ptr<HttpClient> client, S3Source s3,
               std::shared_ptr<Clock> clock);

  // Whether the settings let this URL be asked for at all. Errors: media_forbidden. Any thread.
  Result<void> Check(const MediaUrl& url) const;

  // REQUIRES: Check(url) passed, the source outlives the call. Errors: as error_codes.h.
  boost::asio::awaitable<Result<Object>> Load(const MediaUrl& url, std::size_t max_bytes,
                                              SteadyTime deadline);

 private:
  boost::asio::awaitable<Result<Object>> LoadS3(const MediaUrl& url, std::size_t max_bytes,
                                                SteadyTime deadline);
  boost::asio::awaitable<Result<Object>> LoadHttp(MediaUrl url, std::size_t max_bytes, SteadyTime deadline);

  bool allow_http_;
  bool allow_https_;
  int max_redirects_;
  std::unique_ptr<HttpClient> client_;
  S3Source s3_;
  std::shared_ptr<Clock> clock_;
};

}  // namespace vlr
