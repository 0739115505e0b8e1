// Any bytes as tokenizer.json: an error or a tokenizer that encodes, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const auto tokenizer = vlr::Tokenizer::FromJson(json, "fuzz");
  if (!tokenizer) return 0;
  (*tokenizer)->Encode("The quick e\u0301 <|im_start|> 你好\r\n 12", vlr::SpecialTokens::kAsTokens);
  return 0;
}
