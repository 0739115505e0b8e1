// Any bytes as text, on a small tokenizer with merges and added tokens: never a crash, and the ids' bytes are
// those of the normalised text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "text/byte_alphabet.h"
#include "text/nfc.h"
#include "text/tokenizer.h"
#include "text/tokenizer_test_json.h"

namespace {

constexpr std::string_view kTokens[] = {"he", "hel", "ĠĠ", "ĠĠĠĠ", "ä½", "ä½ł", "ÌĢ", "aa", "aaaa", "<|"};

vlr::testing_json::TokenizerJson Json() {
  vlr::testing_json::TokenizerJson json;
  json.tokens.assign(std::begin(kTokens), std::end(kTokens));
  json.merges =
      R"([["Ġ","Ġ"],["h","e"],["he","l"],["ĠĠ","ĠĠ"],["ä","½"],["ä½","ł"],["a","a"],["aa","aa"],["<","|"]])";
  return json;
}

std::string BytesOf(std::int32_t id) {
  if (id < 256) return {static_cast<char>(id)};
  return *vlr::SymbolsToBytes(kTokens[id - 256]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto plain = vlr::Tokenizer::FromJson(Json().Text(), "plain").value();
  static const auto with_added = [] {
    auto json = Json();
    json.added = {{"<|im_start|>", 266, true}, {"<think>", 267, false}, {"<|", 265, false}};
    return vlr::Tokenizer::FromJson(json.Text(), "added").value();
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string bytes;
  for (const std::int32_t id : plain->Encode(text)) bytes += BytesOf(id);
  std::string buffer;
  if (bytes != vlr::ToNfc(vlr::ReplaceInvalidUtf8(text), &buffer)) std::abort();
  with_added->Encode(text, vlr::SpecialTokens::kAsText);
  with_added->Encode(text, vlr::SpecialTokens::kAsTokens);
  return 0;
}
