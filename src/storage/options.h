// Settings of storage/, with their defaults and units. Plain values, filled from the configuration by the
// caller.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vlr {

struct S3Options {
  // "http://127.0.0.1:9000", "https://s3.example.com"; no path. Empty: AWS's own for the region. The operator
  // who sets it trusts it: the address guard does not apply to connections for s3:// URLs.
  std::string endpoint;
  std::string region;  // empty: "us-east-1"
  // https://endpoint/bucket/key instead of https://bucket.endpoint/key. Unset: path style when `endpoint` is
  // set or the bucket has a dot in its name.
  std::optional<bool> path_style;
  // All three empty: requests are not signed (public buckets). Never logged, never part of a message.
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  // What is empty above is taken from AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION
  // and, as one set, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
  bool use_environment = true;
  // The only buckets that s3:// URLs may name. Empty: none. "*": every bucket the credentials can read.
  std::vector<std::string> allowed_buckets;
};

struct StorageOptions {
  S3Options s3;

  // Which schemes may be named besides s3: (governed by allowed_buckets) and file: (by file_roots).
  bool allow_http = true;
  bool allow_https = true;
  bool allow_data = true;

  // Folders below which file: URLs may read; none: file: is refused. Symbolic links are followed only as long
  // as they stay below the same root. Each must exist.
  std::vector<std::string> file_roots;
  // A further root that also makes URLs without a scheme legal: paths relative to it (command line use).
  // Empty: none.
  std::string media_root;

  // Exceptions to the address guard, which refuses every address that is not public.
  // Host names or literals, "host" or "host:port"; "*.example.com" stands for every name below example.com.
  std::vector<std::string> allow_hosts;
  // "10.1.0.0/16", "fd00::/8".
  std::vector<std::string> allow_networks;

  // Upper bound of every object, in bytes; a request may ask for less.
  std::size_t max_bytes = std::size_t{256} << 20;
  // Upper bound of a response's header section, in bytes.
  std::size_t max_header_bytes = std::size_t{16} << 10;
  // Name resolution, TCP connect and TLS handshake together.
  std::chrono::milliseconds connect_timeout{5'000};
  // One object from first byte sent to last received, redirects and retries included.
  std::chrono::milliseconds total_timeout{60'000};
  int max_redirects = 5;
  // Further tries after a failed connect or a 500, 502, 503, 504, within total_timeout; the pause before the
  // first, doubled for each that follows.
  int max_retries = 2;
  std::chrono::milliseconds retry_backoff{100};

  // Open connections for one scheme, host and port; further fetches wait their turn.
  std::size_t max_connections_per_host = 16;
  // Idle connections kept, over all hosts, and for how long.
  std::size_t max_idle_connections = 32;
  std::chrono::milliseconds idle_timeout{15'000};

  // Objects kept in memory by URL, least recently used first out; 0 bytes: no cache. Only s3: and http(s):.
  std::size_t cache_bytes = std::size_t{256} << 20;
  std::chrono::milliseconds cache_ttl{300'000};

  // PEM file with certificate authorities trusted in addition to the system's; empty: the system's alone.
  std::string tls_ca_file;

  // Threads for what blocks: name resolution and files.
  std::size_t blocking_threads = 4;
};

// Fills what is empty in `options` as S3Options::use_environment describes. `getenv` gives null for what is
// not set.
void FillFromEnvironment(S3Options* options, const std::function<const char*(const char*)>& getenv);

}  // namespace vlr
