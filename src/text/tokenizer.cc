#include "text/tokenizer.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/utf8.h"
#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/byte_alphabet.h"
#include "text/nfc.h"
#include "text/pre_split.h"
#include "text/token_map.h"
#include "text/tokenizer_file.h"

namespace vlr {

struct Tokenizer::Impl {
  Impl(TokenizerFile file, std::string name_in)
      : name(std::move(name_in)),
        ids(std::move(file.ids)),
        encoder(file.byte_ids, file.merges),
        added_tokens(std::move(file.added_tokens)),
        whole_pieces(file.vocabulary.size()),
        normalize_nfc(file.normalize_nfc),
        vocabulary_size(file.vocabulary_size) {
    std::vector<std::int32_t> merged;
    for (std::size_t i = 0; i < file.vocabulary.size(); ++i) {
      const auto bytes = SymbolsToBytes(file.vocabulary[i]);
      if (!bytes || bytes->empty()) continue;
      const auto id = static_cast<std::int32_t>(i);
      merged.clear();
      if (!file.ignore_merges) encoder.Encode(*bytes, &merged);
      if (file.ignore_merges || (merged.size() == 1 && merged[0] == id)) whole_pieces.Insert(*bytes, id);
    }
  }

  // REQUIRES: well-formed UTF-8 without added tokens.
  void EncodePlain(std::string_view text, std::string* buffer, std::vector<std::int32_t>* out) const {
    if (normalize_nfc) text = ToNfc(text, buffer);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = PieceEnd(text, begin);
      const std::string_view piece = text.substr(begin, end - begin);
      if (const auto id = whole_pieces.Find(piece)) {
        out->push_back(*id);
      } else {
        encoder.Encode(piece, out);
      }
      begin = end;
    }
  }

  std::string name;
  TokenMap ids;
  BytePairEncoder encoder;
  AddedTokens added_tokens;
  TokenMap whole_pieces;  // by bytes: the entries that a piece of just their bytes becomes
  bool normalize_nfc;
  std::size_t vocabulary_size;
};

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::FromDocument(const json::Document& document,
                                                                 const std::string& name) {
  auto file = ReadTokenizer(document.root(), name);
  if (!file) return file.error();
  return std::shared_ptr<const Tokenizer>(
      new Tokenizer(std::make_unique<const Impl>(std::move(*file), name)));
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::FromFile(const std::string& tokenizer_json_path) {
  const auto document = json::ParseFile(tokenizer_json_path);
  if (!document) return document.error();
  return FromDocument(*document, tokenizer_json_path);
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::FromJson(std::string_view json, const std::string& name) {
  const auto document = json::Document::Parse(json);
  if (!document) return Error{document.error().code, name + ": " + document.error().message, name};
  return FromDocument(*document, name);
}

std::vector<std::int32_t> Tokenizer::Encode(std::string_view utf8, SpecialTokens specials) const {
  std::vector<std::int32_t> ids;
  Encode(utf8, specials, &ids);
  return ids;
}

void Tokenizer::Encode(std::string_view utf8, SpecialTokens specials, std::vector<std::int32_t>* ids) const {
  std::string repaired;
  if (!IsValidUtf8(utf8)) {
    repaired = ReplaceInvalidUtf8(utf8);
    utf8 = repaired;
  }
  std::string buffer;
  std::size_t done = 0;
  std::size_t from = 0;
  while (const auto match = impl_->added_tokens.FindNext(utf8, from)) {
    from = match->end;
    if (match->token->special && specials == SpecialTokens::kAsText) continue;
    impl_->EncodePlain(utf8.substr(done, match->begin - done), &buffer, ids);
    ids->push_back(match->token->id);
    done = match->end;
  }
  impl_->EncodePlain(utf8.substr(done), &buffer, ids);
}

std::optional<std::int32_t> Tokenizer::TokenId(std::string_view content) const {
  return impl_->ids.Find(content);
}

bool Tokenizer::IsSpecial(std::int32_t id) const {
  return impl_->added_tokens.IsSpecial(id);
}

std::size_t Tokenizer::vocabulary_size() const {
  return impl_->vocabulary_size;
}

Result<void> Tokenizer::RequireTokens(std::span<const std::string_view> contents) const {
  for (const std::string_view content : contents) {
    const auto id = TokenId(content);
    if (!id || Encode(content, SpecialTokens::kAsTokens) != std::vector{*id}) {
      const std::string what = id ? "\" does not encode to its id" : "\" is missing";
      return Error{"invalid_tokenizer", impl_->name + ": the token \"" + std::string(content) + what,
                   impl_->name};
    }
  }
  return {};
}

}  // namespace vlr
