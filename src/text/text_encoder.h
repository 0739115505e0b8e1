// What a prompt asks of a tokenizer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vlr {

// What a literal special token ("<|image_pad|>", "special": true in the file) inside a text becomes. Added
// tokens with "special": false ("<think>", "<tool_call>") match either way.
enum class SpecialTokens {
  kAsText,    // ordinary text: for what a user wrote
  kAsTokens,  // its id: for templates of our own
};

// Immutable; any number of threads may share one.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  // Appends the ids of a text, nothing added before or after.
  virtual void Encode(std::string_view utf8, SpecialTokens specials,
                      std::vector<std::int32_t>* ids) const = 0;
  // The id of a token by its content.
  virtual std::optional<std::int32_t> TokenId(std::string_view content) const = 0;
  // Whether a token has a meaning of its own, which truncation keeps.
  virtual bool IsSpecial(std::int32_t id) const = 0;
  // Ok when every one of `contents` has an id and stands for exactly that id in text.
  virtual Result<void> RequireTokens(std::span<const std::string_view> contents) const = 0;
};

}  // namespace vlr
