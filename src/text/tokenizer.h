// Text to ids: byte-level BPE as a Qwen tokenizer.json describes it, equal to Hugging Face `tokenizers`
// 0.22.2 id for id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/text_encoder.h"

namespace vlr {

namespace json {
class Document;
}

// Immutable; any number of threads may share one.
class Tokenizer : public TextEncoder {
 public:
  // Reads tokenizer.json. Errors: "file_missing", "file_unreadable", "file_too_large", "invalid_json", and
  // "invalid_tokenizer" for a file of another kind of tokenizer or one that contradicts itself; the message
  // and part name the file and the key.
  static Result<std::shared_ptr<const Tokenizer>> FromFile(const std::string& tokenizer_json_path);

  // The same from the file's text; `name` stands for the path in errors.
  static Result<std::shared_ptr<const Tokenizer>> FromJson(std::string_view json, const std::string& name);

  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  ~Tokenizer() override;

  // Appends the ids of a text, nothing added before or after. Ill-formed UTF-8 is read as U+FFFD, one for
  // each maximal subpart. Time grows as n log n with the text, memory linearly.
  void Encode(std::string_view utf8, SpecialTokens specials, std::vector<std::int32_t>* ids) const override;
  // The same as a list of its own.
  std::vector<std::int32_t> Encode(std::string_view utf8,
                                   SpecialTokens specials = SpecialTokens::kAsText) const;

  // The id of an added token or vocabulary entry by its content as the file writes it ("yes", "Ġyes",
  // "<|im_start|>").
  std::optional<std::int32_t> TokenId(std::string_view content) const override;

  // True for an added token with "special": true.
  bool IsSpecial(std::int32_t id) const override;

  // Number of ids; they are 0 … vocabulary_size() − 1 without holes.
  std::size_t vocabulary_size() const;

  // Ok when every one of `contents` has an id and stands for exactly that id in text; else
  // "invalid_tokenizer" naming the file and the first that is missing.
  Result<void> RequireTokens(std::span<const std::string_view> contents) const override;

 private:
  struct Impl;
  static Result<std::shared_ptr<const Tokenizer>> FromDocument(const json::Document& document,
                                                               const std::string& name);
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace vlr
