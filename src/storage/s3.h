// s3://bucket/key → a signed GET.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/http_message.h"
#include "storage/options.h"

namespace vlr {

// Immutable, thread safe.
class S3Source {
 public:
  // REQUIRES: what the environment gives is already in `options`. Errors: "invalid_config", part
  // "storage.s3.endpoint", "storage.s3.region", "storage.s3.allowed_buckets[i]",
  // "storage.s3.secret_access_key".
  static Result<S3Source> Create(const S3Options& options);

  bool Allows(const std::string& bucket) const;

  // REQUIRES: Allows(bucket), IsUsableS3Key(key).
  HttpRequest Get(const std::string& bucket, const std::string& key,
                  std::chrono::system_clock::time_point now) const;

 private:
  S3Source(S3Options options, Origin endpoint)
      : options_(std::move(options)), endpoint_(std::move(endpoint)) {}
  bool UsesPathStyle(const std::string& bucket) const;

  S3Options options_;
  Origin endpoint_;
};

// The error that an S3 server's answer other than 200 stands for, from its status and XML body.
Error S3Error(const HttpResponse& response);

}  // namespace vlr
