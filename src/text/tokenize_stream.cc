#include "text/tokenize_stream.h"

#include <istream>
#include <ostream>
#include <string>

#include "base/json.h"

namespace vlr {
namespace {

Result<std::string> TextOf(const std::string& line, std::size_t number) {
  const std::string part = "line " + std::to_string(number);
  const auto document = json::Document::Parse(line, {.max_bytes = kMaxTokenizeLineBytes});
  if (!document) return Error{"invalid_request", part + ": " + document.error().message, part};
  const auto text = document->root().Find("text");
  if (!text || !text->IsString()) {
    return Error{"invalid_request", part + R"(: expected an object {"text": "…"})", part};
  }
  return std::string(text->AsString());
}

}  // namespace

Result<std::size_t> TokenizeStream(std::istream& in, std::ostream& out, const Tokenizer& tokenizer,
                                   bool literal_specials) {
  const SpecialTokens specials = literal_specials ? SpecialTokens::kAsTokens : SpecialTokens::kAsText;
  std::size_t answered = 0;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto text = TextOf(line, number);
    if (!text) return text.error();
    std::string answer = "{\"ids\":[";
    const char* separator = "";
    for (const std::int32_t id : tokenizer.Encode(*text, specials)) {
      answer += separator + std::to_string(id);
      separator = ",";
    }
    out << answer << "]}\n";
    if (!out) return Error{"io_error", "the output cannot be written"};
    ++answered;
  }
  return answered;
}

}  // namespace vlr
