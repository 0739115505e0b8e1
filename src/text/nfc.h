// Unicode normalisation form C (UAX #15), as `tokenizers` 0.22.2 computes it.
#pragma once

#include <string>
#include <string_view>

namespace vlr {

// The text in NFC: `utf8` itself when a look at each code point shows that it is in NFC, else a view of
// *buffer, whose old content is lost. REQUIRES: well-formed UTF-8. Thread safe.
std::string_view ToNfc(std::string_view utf8, std::string* buffer);

}  // namespace vlr
