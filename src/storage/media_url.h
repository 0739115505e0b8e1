// The one URL parser: what the guard looks at is what the client dials.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vlr {

// Longest URL read, in bytes; data: URLs have the object's own limit.
inline constexpr std::size_t kMaxUrlBytes = 8192;

// Where a connection goes. `host` is a lower-case DNS name without a final dot, or the canonical text of an
// IP address without brackets.
struct Origin {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;

  // "example.com", "example.com:8080", "[2001:db8::1]:8080": a default port is left out.
  std::string HostHeader() const;
  // "https://example.com:443": one text for one origin.
  std::string Key() const;
  bool operator==(const Origin&) const = default;
};

struct MediaUrl {
  enum class Scheme { kHttp, kHttps, kS3, kData, kFile, kRelative };

  Scheme scheme = Scheme::kHttp;
  Origin origin;       // http(s)
  std::string target;  // http(s): path and query as they are sent, beginning with "/"
  std::string bucket;  // s3
  std::string key;     // s3: the object's name, not encoded
  std::string path;    // file: decoded, absolute; relative: as given. Empty for data: URLs.

  // One text for one object of http(s) and s3.
  std::string CacheKey() const;
};

// Errors: media_invalid_url, media_forbidden (another scheme). data: URLs are only recognised (data_url.h
// reads them). Refused: user information, hosts that are not plain DNS names or proper IP addresses (so
// 0x7f.1, 127.1 and 2130706433 too), %00, control characters, backslashes outside an S3 key, "." and ".." in
// S3 keys.
Result<MediaUrl> ParseMediaUrl(std::string_view text);

// `location` relative to `base`, an http(s) URL. The result may have any scheme: the caller checks it.
Result<MediaUrl> ResolveRedirect(const MediaUrl& base, std::string_view location);

// True for an S3 key that can be asked for: 1 to 1024 bytes of UTF-8 without control characters and without
// "." or ".." segments, which a server or proxy might resolve into another bucket.
bool IsUsableS3Key(std::string_view key);

}  // namespace vlr
