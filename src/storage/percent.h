// Percent-encoding (RFC 3986, section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vlr {

// Every byte but the unreserved ones (letters, digits, "-._~") and those of `keep` as %XX, upper case: the
// form that AWS signatures are computed over.
std::string PercentEncode(std::string_view bytes, std::string_view keep = {});

// Nothing when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace vlr
