// The command `tokenize`: NDJSON in, NDJSON out.
#pragma once

#include <cstddef>
#include <iosfwd>

#include "base/error.h"
#include "text/tokenizer.h"

namespace vlr {

inline constexpr std::size_t kMaxTokenizeLineBytes = std::size_t{64} << 20U;

// Reads a line {"text": "…"}, writes a line {"ids": […]}; empty lines are skipped. literal_specials: special
// tokens in a text become their ids instead of plain text. Stops at the first line that is no such object
// ("invalid_request", part "line 3") and when the output cannot be written ("io_error"); the lines before are
// answered. Returns the number of lines answered.
Result<std::size_t> TokenizeStream(std::istream& in, std::ostream& out, const Tokenizer& tokenizer,
                                   bool literal_specials);

}  // namespace vlr
