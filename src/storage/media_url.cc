#include "storage/media_url.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "storage/error_codes.h"
#include "storage/percent.h"

namespace vlr {
namespace {

namespace urls = boost::urls;
using Scheme = MediaUrl::Scheme;

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxS3KeyBytes = 1024;

Error Invalid(std::string why) {
  return {std::string(kMediaInvalidUrl), std::move(why)};
}

char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// The scheme in lower case; nothing when the text does not begin with one.
std::optional<std::string> SchemeOf(std::string_view text) {
  constexpr std::size_t kLongestScheme = 32;
  std::string scheme;
  for (const char c : text.substr(0, kLongestScheme)) {
    const char lower = ToLower(c);
    if (c == ':' && !scheme.empty()) return scheme;
    const bool letter = lower >= 'a' && lower <= 'z';
    if (!letter && (scheme.empty() || !(IsDigit(c) || c == '+' || c == '-' || c == '.'))) return std::nullopt;
    scheme += lower;
  }
  return std::nullopt;
}

// Spaces, UTF-8 and the other characters that people leave unescaped become %XX. Nothing else is repaired.
std::string EscapeLoose(std::string_view text) {
  constexpr std::string_view kLoose = " \"<>^`{|}";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || kLoose.find(c) != std::string_view::npos) {
      out += PercentEncode({&c, 1});
    } else {
      out += c;
    }
  }
  return out;
}

// As the WHATWG URL standard's "ends in a number": such a name is an IPv4 address in one of inet_aton's odd
// forms.
bool IsNumericLabel(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), IsDigit)) return true;
  return label.size() >= 2 && label[0] == '0' && label[1] == 'x';
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-' || c == '_';
}

std::optional<std::string> DnsName(std::string_view encoded) {
  std::string name(encoded);
  std::transform(name.begin(), name.end(), name.begin(), ToLower);
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (name.empty() || name.size() > kMaxHostBytes) return std::nullopt;
  std::string_view rest = name;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabelBytes) return std::nullopt;
    if (!std::all_of(label.begin(), label.end(), IsNameCharacter)) return std::nullopt;
    if (dot == std::string_view::npos) {
      if (IsNumericLabel(label)) return std::nullopt;
      return name;
    }
    rest.remove_prefix(dot + 1);
  }
}

std::optional<std::string> HostOf(const urls::url_view_base& url) {
  switch (url.host_type()) {
    case urls::host_type::ipv4: {
      const auto bytes = url.host_ipv4_address().to_bytes();
      return boost::asio::ip::address_v4(bytes).to_string();
    }
    case urls::host_type::ipv6: {
      const auto bytes = url.host_ipv6_address().to_bytes();
      return boost::asio::ip::address_v6(bytes).to_string();
    }
    case urls::host_type::name:
      return DnsName(url.encoded_host());
    case urls::host_type::none:
    case urls::host_type::ipvfuture:
      break;
  }
  return std::nullopt;
}

Result<MediaUrl> FromHttp(const urls::url_view_base& url, bool tls) {
  if (!url.has_authority()) return Invalid("the URL names no host");
  if (url.has_userinfo()) return Invalid("the URL holds user information");
  MediaUrl out;
  out.scheme = tls ? Scheme::kHttps : Scheme::kHttp;
  out.origin.tls = tls;
  auto host = HostOf(url);
  if (!host) return Invalid("the URL's host is neither a DNS name nor an IP address in its usual form");
  out.origin.host = std::move(*host);
  out.origin.port = tls ? 443 : 80;
  if (url.has_port() && !url.port().empty()) {
    out.origin.port = url.port_number();
    if (out.origin.port == 0) return Invalid("the URL's port is not in 1…65535");
  }
  out.target = std::string(url.encoded_path());
  if (out.target.empty()) out.target = "/";
  if (url.has_query()) out.target += "?" + std::string(url.encoded_query());
  return out;
}

Result<MediaUrl> FromFile(const urls::url_view_base& url) {
  if (url.has_query() || url.has_fragment()) return Invalid("a file: URL has no query and no fragment");
  const std::string host(url.encoded_host());
  if (url.has_userinfo() || url.has_port() || !(host.empty() || host == "localhost")) {
    return Invalid("a file: URL names no host");
  }
  MediaUrl out;
  out.scheme = Scheme::kFile;
  auto path = PercentDecode(std::string(url.encoded_path()));
  if (!path || path->empty() || path->front() != '/') return Invalid("a file: URL needs an absolute path");
  if (std::any_of(path->begin(), path->end(), IsControl))
    return Invalid("the path holds a control character");
  out.path = std::move(*path);
  return out;
}

bool IsBucketName(std::string_view bucket) {
  if (bucket.empty() || bucket.size() > kMaxLabelBytes) return false;
  if (bucket.find("..") != std::string_view::npos) return false;
  bool only_digits_and_dots = true;
  for (const char c : bucket) {
    const char lower = ToLower(c);
    if (!IsNameCharacter(lower) && c != '.') return false;
    if (!IsDigit(c) && c != '.') only_digits_and_dots = false;
  }
  const auto is_edge = [](char c) { return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'z'); };
  return !only_digits_and_dots && is_edge(bucket.front()) && is_edge(bucket.back());
}

Result<MediaUrl> FromS3(std::string_view text) {
  constexpr std::string_view kPrefix = "s3://";
  if (text.size() < kPrefix.size() || text.substr(2, 3) != "://") return Invalid("not s3://bucket/key");
  text.remove_prefix(kPrefix.size());
  const std::size_t slash = text.find('/');
  MediaUrl out;
  out.scheme = Scheme::kS3;
  out.bucket = std::string(text.substr(0, slash));
  if (!IsBucketName(out.bucket)) return Invalid("not the name of an S3 bucket");
  if (slash != std::string_view::npos) out.key = std::string(text.substr(slash + 1));
  if (!IsUsableS3Key(out.key)) {
    return Invalid(
        "an S3 key has 1 to 1024 bytes of UTF-8, no control characters and no \".\" or \"..\" segments");
  }
  return out;
}

// Boost.URL 1.81 takes "http://127.0.0.1.evil.example/" for the host 127.0.0.1 with the path
// ".evil.example/": what stands between "//" and the next "/", "?" or "#" must be the authority, whole.
bool AuthorityIsWhole(std::string_view text, const urls::url_view_base& url) {
  const std::size_t colon = text.find(':');
  if (text.substr(colon + 1, 2) != "//") return !url.has_authority();
  const std::string_view rest = text.substr(colon + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return url.has_authority() && std::string_view(url.encoded_authority()) == authority;
}

Result<MediaUrl> FromParsed(const urls::url_view_base& url, const std::string& scheme) {
  if (scheme == "http" || scheme == "https") return FromHttp(url, scheme == "https");
  return FromFile(url);
}

Error OtherScheme() {
  return {std::string(kMediaForbidden), "the URL's scheme is not one of s3, https, http, data, file"};
}

}  // namespace

std::string Origin::HostHeader() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Origin::Key() const {
  const std::string bracketed = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return (tls ? "https://" : "http://") + bracketed + ":" + std::to_string(port);
}

std::string MediaUrl::CacheKey() const {
  return scheme == Scheme::kS3 ? "s3://" + bucket + "/" + key : origin.Key() + target;
}

bool IsUsableS3Key(std::string_view key) {
  if (key.empty() || key.size() > kMaxS3KeyBytes || !IsValidUtf8(key)) return false;
  if (std::any_of(key.begin(), key.end(), IsControl)) return false;
  for (std::size_t at = 0; at <= key.size();) {
    const std::size_t slash = std::min(key.find('/', at), key.size());
    const std::string_view segment = key.substr(at, slash - at);
    if (segment == "." || segment == "..") return false;
    at = slash + 1;
  }
  return true;
}

Result<MediaUrl> ParseMediaUrl(std::string_view text) {
  if (text.empty()) return Invalid("the URL is empty");
  const auto scheme = SchemeOf(text);
  if (scheme == "data") {
    MediaUrl out;
    out.scheme = Scheme::kData;
    return out;
  }
  if (text.size() > kMaxUrlBytes) {
    return Invalid("the URL is longer than " + std::to_string(kMaxUrlBytes) + " bytes");
  }
  if (!IsValidUtf8(text)) return Invalid("the URL is not UTF-8");
  if (std::any_of(text.begin(), text.end(), IsControl)) return Invalid("the URL holds a control character");
  if (!scheme) {
    MediaUrl out;
    out.scheme = Scheme::kRelative;
    out.path = std::string(text);
    return out;
  }
  if (scheme == "s3") return FromS3(text);
  if (scheme != "http" && scheme != "https" && scheme != "file") return OtherScheme();
  const std::string escaped = EscapeLoose(text);
  if (escaped.find("%00") != std::string::npos) return Invalid("the URL holds a zero byte");
  const auto url = urls::parse_uri(escaped);
  if (!url || !AuthorityIsWhole(escaped, *url)) return Invalid("not a URL");
  return FromParsed(*url, *scheme);
}

Result<MediaUrl> ResolveRedirect(const MediaUrl& base, std::string_view location) {
  if (SchemeOf(location)) return ParseMediaUrl(location);
  if (location.size() > kMaxUrlBytes || !IsValidUtf8(location)) return Invalid("the redirect is not a URL");
  const std::string escaped = EscapeLoose(location);
  const auto reference = urls::parse_uri_reference(escaped);
  const std::string base_text = base.origin.Key() + base.target;
  const auto base_url = urls::parse_uri(base_text);
  if (!reference || !base_url) return Invalid("the redirect is not a URL");
  urls::url resolved;
  const bool starts_authority = location.starts_with("//");
  if (starts_authority && !AuthorityIsWhole("x:" + escaped, *reference))
    return Invalid("the redirect is not a URL");
  if (!urls::resolve(*base_url, *reference, resolved)) return Invalid("the redirect is not a URL");
  resolved.remove_fragment();
  const std::string_view text(resolved.data(), resolved.size());
  return ParseMediaUrl(text);
}

}  // namespace vlr
