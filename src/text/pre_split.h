// Qwen's pre-tokenizer: the pieces within which BPE may merge.
#pragma once

#include <cstddef>
#include <string_view>

namespace vlr {

// The one pattern PieceEnd implements, as tokenizer.json writes it.
inline constexpr std::string_view kQwenSplitPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Where the piece that starts at `begin` ends. REQUIRES: well-formed UTF-8, begin < text.size(). Thread safe.
std::size_t PieceEnd(std::string_view text, std::size_t begin);

}  // namespace vlr
