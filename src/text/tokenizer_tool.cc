// usage: tokenizer_tool TOKENIZER_JSON [--literal-specials] [--time] < NDJSON
// Answers as `vl-rerank tokenize` does. With --time it reads all lines first, encodes them on one thread and
// prints
// {"bytes", "ids", "seconds"}: the CPU time of the encoding alone.
#include <cstdint>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/tokenize_stream.h"

namespace {

int Complain(const std::string& message) {
  std::cerr << message << '\n';
  return 2;
}

int Time(const vlr::Tokenizer& tokenizer, vlr::SpecialTokens specials) {
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const auto document = vlr::json::Document::Parse(line);
    if (!document) return Complain(document.error().message);
    const auto text = document->root().Find("text");
    if (!text || !text->IsString()) return Complain("a line without text");
    texts.emplace_back(text->AsString());
    bytes += texts.back().size();
  }
  std::size_t ids = 0;
  const std::clock_t start = std::clock();
  for (const std::string& text : texts) ids += tokenizer.Encode(text, specials).size();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  vlr::json::Writer writer;
  writer.BeginObject().Key("bytes").Integer(static_cast<std::int64_t>(bytes));
  writer.Key("ids").Integer(static_cast<std::int64_t>(ids)).Key("seconds").Double(seconds).EndObject();
  std::cout << writer.Take() << '\n';
  return 0;
}

int Run(int argc, char** argv) {
  if (argc < 2)
    return Complain("usage: tokenizer_tool TOKENIZER_JSON [--literal-specials] [--time] < NDJSON");
  bool literal_specials = false;
  bool time = false;
  for (int i = 2; i < argc; ++i) {
    const std::string_view option = argv[i];
    literal_specials |= option == "--literal-specials";
    time |= option == "--time";
  }
  std::ios::sync_with_stdio(false);
  const auto tokenizer = vlr::Tokenizer::FromFile(argv[1]);
  if (!tokenizer) return Complain(tokenizer.error().message);
  if (time) {
    return Time(**tokenizer, literal_specials ? vlr::SpecialTokens::kAsTokens : vlr::SpecialTokens::kAsText);
  }
  const auto answered = vlr::TokenizeStream(std::cin, std::cout, **tokenizer, literal_specials);
  return answered ? 0 : Complain(answered.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& failure) {
    return Complain(failure.what());
  }
}
