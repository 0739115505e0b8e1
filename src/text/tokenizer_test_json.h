// Tests only: a small tokenizer.json to change one thing in. Its first 256 entries are the bytes in order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/byte_alphabet.h"
#include "text/pre_split.h"
#include "text/unicode.h"

namespace vlr::testing_json {

struct Added {
  std::string content;
  std::int64_t id;
  bool special;
};

struct TokenizerJson {
  std::vector<std::string> tokens;  // from id 256 on
  std::string merges = "[]";
  std::vector<Added> added;
  std::string normalizer = R"({"type":"NFC"})";
  std::string post_processor = "null";
  std::string pattern{kQwenSplitPattern};
  std::string split_extra;  // members, each with its comma
  std::string byte_level = R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":false})";
  std::string model_type = "BPE";
  std::string model_extra;
  std::string vocab_extra;
  std::string root_extra;

  std::string Vocab() const {
    json::Writer writer;
    writer.BeginObject();
    for (int byte = 0; byte < 256; ++byte) {
      std::string symbol;
      unicode::AppendUtf8(ByteSymbol(static_cast<unsigned char>(byte)), &symbol);
      writer.Key(symbol).Integer(byte);
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      writer.Key(tokens[i]).Integer(static_cast<std::int64_t>(256 + i));
    }
    writer.EndObject();
    std::string vocab = writer.Take();
    vocab.insert(1, vocab_extra);
    return vocab;
  }

  std::string AddedTokens() const {
    json::Writer writer;
    writer.BeginArray();
    for (const Added& token : added) {
      writer.BeginObject().Key("id").Integer(token.id).Key("content").String(token.content);
      writer.Key("special").Bool(token.special).Key("normalized").Bool(false).EndObject();
    }
    writer.EndArray();
    return writer.Take();
  }

  std::string Split() const {
    json::Writer writer;
    writer.BeginObject().Key("Regex").String(pattern).EndObject();
    return R"({"type":"Split",)" + split_extra + R"("pattern":)" + writer.Take() +
           R"(,"behavior":"Isolated"})";
  }

  std::string Text() const {
    return "{" + root_extra + R"("added_tokens":)" + AddedTokens() + R"(,"normalizer":)" + normalizer +
           R"(,"pre_tokenizer":{"type":"Sequence","pretokenizers":[)" + Split() + "," + byte_level +
           R"(]},"post_processor":)" + post_processor + R"(,"model":{"type":")" + model_type + R"(",)" +
           model_extra + R"("vocab":)" + Vocab() + R"(,"merges":)" + merges + "}}";
  }
};

}  // namespace vlr::testing_json
