// data: URLs (RFC 2397).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vlr {

// The bytes of "data:[type][;parameters][;base64],…". The media type is not looked at: a decoder goes by the
// bytes. base64: the standard alphabet, padding may be left out, ASCII white space is skipped. Errors:
// media_invalid_url; media_too_large before anything is allocated for it.
Result<std::string> DecodeDataUrl(std::string_view url, std::size_t max_bytes);

}  // namespace vlr
