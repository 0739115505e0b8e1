// tokenizer.json, read and checked: what a Tokenizer is made of. Keys that change ids are honoured or
// refused; those that do not (decoder, and truncation and padding, which are the caller's) are left alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/token_map.h"

namespace vlr {

inline constexpr std::size_t kMaxVocabularyEntries = std::size_t{1} << 22U;
inline constexpr std::size_t kMaxAddedTokens = 16384;

struct TokenizerFile {
  std::vector<std::string> vocabulary;  // model.vocab by id, as the file writes them
  TokenMap ids{0};                      // vocabulary and added tokens by content
  std::array<std::int32_t, 256> byte_ids{};
  std::vector<Merge> merges;
  std::vector<AddedToken> added_tokens;
  bool normalize_nfc = false;
  bool ignore_merges = false;
  std::size_t vocabulary_size = 0;  // with the added tokens
};

// Errors: "invalid_tokenizer"; message and part begin with `name`, then the key.
Result<TokenizerFile> ReadTokenizer(const json::Value& root, const std::string& name);

}  // namespace vlr
