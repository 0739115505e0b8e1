#include "storage/s3.h"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/error_codes.h"
#include "storage/http_status.h"
#include "storage/percent.h"
#include "storage/sigv4.h"

namespace vlr {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::string_view kEveryBucket = "*";

Error ConfigError(const std::string& part, const std::string& why) {
  return {"invalid_config", part + ": " + why, part};
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The text of the first <Code> of S3's error document; empty when it is not a plain word.
std::string ErrorCodeOf(const std::string& xml) {
  constexpr std::string_view kOpen = "<Code>";
  constexpr std::size_t kLongest = 64;
  const std::size_t open = xml.find(kOpen);
  if (open == std::string::npos) return {};
  const std::size_t begin = open + kOpen.size();
  const std::size_t end = xml.find('<', begin);
  if (end == std::string::npos || end - begin > kLongest) return {};
  std::string code = xml.substr(begin, end - begin);
  return std::all_of(code.begin(), code.end(), IsAlphanumeric) ? code : std::string();
}

// Answers with a 400 that are about the credentials.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
constexpr std::array<std::string_view, 7> kCredentialCodes = {
    "XAdminUserNotFound",  // versitygw

    "ExpiredToken",       "InvalidToken",          "AuthorizationHeaderMalformed",
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"};

}  // namespace

Result<S3Source> S3Source::Create(const S3Options& options) {
  S3Options own = options;
  if (own.region.empty()) own.region = kDefaultRegion;
  const auto in_region = [](char c) { return IsAlphanumeric(c) || c == '-'; };
  if (!std::all_of(own.region.begin(), own.region.end(), in_region)) {
    return ConfigError("storage.s3.region", "letters, digits and hyphens only");
  }
  if (own.access_key_id.empty() != own.secret_access_key.empty()) {
    return ConfigError("storage.s3.secret_access_key", "an access key and its secret are given together");
  }
  for (std::size_t i = 0; i < own.allowed_buckets.size(); ++i) {
    const std::string& bucket = own.allowed_buckets[i];
    const auto named = ParseMediaUrl("s3://" + bucket + "/x");
    if (bucket != kEveryBucket && !(named && named->bucket == bucket)) {
      return ConfigError("storage.s3.allowed_buckets[" + std::to_string(i) + "]", "not the name of a bucket");
    }
  }
  const std::string endpoint =
      own.endpoint.empty() ? "https://s3." + own.region + ".amazonaws.com" : own.endpoint;
  const auto url = ParseMediaUrl(endpoint);
  const bool is_http =
      url && (url->scheme == MediaUrl::Scheme::kHttp || url->scheme == MediaUrl::Scheme::kHttps);
  if (!is_http || url->target != "/") {
    return ConfigError("storage.s3.endpoint", "not a URL of the form https://host[:port]");
  }
  return S3Source(std::move(own), url->origin);
}

bool S3Source::Allows(const std::string& bucket) const {
  return std::any_of(
      options_.allowed_buckets.begin(), options_.allowed_buckets.end(),
      [&](const std::string& allowed) { return allowed == kEveryBucket || allowed == bucket; });
}

bool S3Source::UsesPathStyle(const std::string& bucket) const {
  if (options_.path_style) return *options_.path_style;
  // A wildcard certificate covers one label: a bucket with a dot needs the path.
  return !options_.endpoint.empty() || bucket.find('.') != std::string::npos;
}

HttpRequest S3Source::Get(const std::string& bucket, const std::string& key,
                          std::chrono::system_clock::time_point now) const {
  HttpRequest request;
  request.trusted = true;
  request.origin = endpoint_;
  request.target = "/" + PercentEncode(key, "/");
  if (UsesPathStyle(bucket)) {
    request.target = "/" + bucket + request.target;
  } else {
    request.origin.host = bucket + "." + endpoint_.host;
  }
  if (options_.access_key_id.empty()) return request;

  SigningInput input;
  input.path = request.target;
  input.payload_sha256 = Sha256Hex("");
  request.headers = {{"x-amz-content-sha256", input.payload_sha256}, {"x-amz-date", AmzDate(now)}};
  if (!options_.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", options_.session_token);
  }
  input.headers = request.headers;
  input.headers.emplace_back("host", request.origin.HostHeader());
  const AwsCredentials credentials{options_.access_key_id, options_.secret_access_key,
                                   options_.session_token};
  const Signature signature = SignV4(input, {options_.region, "s3", now}, credentials);
  request.headers.emplace_back("authorization", signature.authorization);
  return request;
}

Error S3Error(const HttpResponse& response) {
  const std::string code = ErrorCodeOf(response.body);
  const std::string shown = code.empty() ? "" : " (" + code + ")";
  const bool about_credentials =
      std::find(kCredentialCodes.begin(), kCredentialCodes.end(), code) != kCredentialCodes.end();
  if (about_credentials) {
    return {std::string(kMediaUnauthorized), "the object store refused the credentials" + shown};
  }
  if (response.status >= 300 && response.status < 400) {
    return {std::string(kMediaUnreachable), "the bucket is in another region than storage.s3 says" + shown};
  }
  Error error = StatusError(response.status);
  error.message += shown;
  return error;
}

}  // namespace vlr
