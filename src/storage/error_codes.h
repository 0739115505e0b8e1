// The codes of every failure that storage/ reports (Error::code). Stable: the API shows them.
#pragma once

#include <array>
#include <string_view>

namespace vlr {

// Refused before or instead of a connection: scheme, bucket not on the list, path outside the roots, address
// that the guard does not let through, redirect to any of these or from https to http.
inline constexpr std::string_view kMediaForbidden = "media_forbidden";
// 404, 410, NoSuchKey, NoSuchBucket, no such file.
inline constexpr std::string_view kMediaNotFound = "media_not_found";
// The store said 401 or 403, or S3 named the credentials as wrong or expired.
inline constexpr std::string_view kMediaUnauthorized = "media_unauthorized";
// More bytes than FetchRequest::max_bytes or StorageOptions::max_bytes.
inline constexpr std::string_view kMediaTooLarge = "media_too_large";
// The request's deadline, StorageOptions::connect_timeout or total_timeout passed.
inline constexpr std::string_view kMediaTimeout = "media_timeout";
// No such host, no connection, an answer that is not proper HTTP, is compressed, ends early or has another
// status.
inline constexpr std::string_view kMediaUnreachable = "media_unreachable";
// Not a URL that this door reads, or a malformed data: URL.
inline constexpr std::string_view kMediaInvalidUrl = "media_invalid_url";
// The TLS handshake failed: certificate not trusted, expired, for another host, protocol older than 1.2.
inline constexpr std::string_view kMediaTls = "media_tls";

inline constexpr std::array<std::string_view, 8> kMediaErrorCodes = {
    kMediaForbidden, kMediaNotFound,    kMediaUnauthorized, kMediaTooLarge,
    kMediaTimeout,   kMediaUnreachable, kMediaInvalidUrl,   kMediaTls};

}  // namespace vlr
