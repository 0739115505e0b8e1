// UTF-8 at the edges.
#pragma once

#include <string>
#include <string_view>

namespace vlr {

// True for well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
bool IsValidUtf8(std::string_view text);

// Ill-formed sequences become U+FFFD, one for each maximal subpart (Unicode 15, table 3-8).
std::string ReplaceInvalidUtf8(std::string_view text);

// At most max_bytes of the text, cut between code points, "…" appended when something was cut.
std::string TruncateUtf8(std::string text, std::size_t max_bytes);

}  // namespace vlr
