// No text crashes the parser, and what it lets through reads the same the second time.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/media_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto base = vlr::ParseMediaUrl("https://good.example/a/b?c");
  const auto redirect = vlr::ResolveRedirect(*base, text);
  for (const auto& url : {vlr::ParseMediaUrl(text), redirect}) {
    using Scheme = vlr::MediaUrl::Scheme;
    if (!url || (url->scheme != Scheme::kHttp && url->scheme != Scheme::kHttps)) continue;
    if (url->origin.host.empty() || url->origin.port == 0 || url->target.front() != '/') std::abort();
    if (url->origin.host.find_first_of("@/\\%?# ") != std::string::npos) std::abort();
    if (url->target.find_first_of("\r\n #\\") != std::string::npos) std::abort();
    const auto again = vlr::ParseMediaUrl(url->CacheKey());
    // A key spells out the port and escapes: it may be longer than a URL may be.
    const bool too_long = url->CacheKey().size() > vlr::kMaxUrlBytes;
    if (!too_long && (!again || again->origin != url->origin || again->target != url->target)) std::abort();
  }
  return 0;
}
