// The byte-level alphabet of GPT-2: each byte as one printable code point, so that a vocabulary is text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vlr {

// The code point that stands for a byte: itself where Latin-1 prints it, else U+0100 + n for the n-th that
// does not.
char32_t ByteSymbol(unsigned char byte);

// The bytes a vocabulary entry stands for; nothing when it holds a code point outside the alphabet.
// REQUIRES: well-formed UTF-8.
std::optional<std::string> SymbolsToBytes(std::string_view symbols);

}  // namespace vlr
