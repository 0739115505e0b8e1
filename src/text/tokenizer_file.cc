#include "text/tokenizer_file.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "text/byte_alphabet.h"
#include "text/pre_split.h"
#include "text/unicode.h"

namespace vlr {
namespace {

constexpr std::size_t kMaxShownBytes = 100;

std::string Quoted(std::string_view text) {
  return "\"" + TruncateUtf8(std::string(text), kMaxShownBytes) + "\"";
}

std::string Indexed(std::string_view key, std::size_t index) {
  return std::string(key) + "[" + std::to_string(index) + "]";
}

// Every step returns false after Fail, which keeps the first complaint.
class Reader {
 public:
  Reader(const json::Value& root, const std::string& name) : root_(root), name_(name) {}

  Result<TokenizerFile> Read() {
    const bool ok = ReadKind() && ReadNormalizer() && ReadPreTokenizer() && ReadPostProcessor() &&
                    ReadModel() && ReadAddedTokens();
    if (!ok) return std::move(error_);
    return std::move(file_);
  }

 private:
  bool Fail(const std::string& key, const std::string& what) {
    error_ = {"invalid_tokenizer", name_ + ": " + key + ": " + what, name_ + ": " + key};
    return false;
  }

  // The member, or nothing when it is absent or null.
  static std::optional<json::Value> Present(const json::Value& object, std::string_view key) {
    auto value = object.Find(key);
    if (value && value->IsNull()) return std::nullopt;
    return value;
  }

  // REQUIRES of the file: object[key] is exactly this text.
  bool ExpectText(const json::Value& object, const std::string& path, std::string_view key,
                  std::string_view expected) {
    const std::string full = path.empty() ? std::string(key) : path + "." + std::string(key);
    const auto value = object.Find(key);
    if (!value) return Fail(full, "missing; " + Quoted(expected) + " is supported");
    if (!value->IsString() || value->AsString() != expected) {
      const std::string found =
          value->IsString() ? Quoted(value->AsString()) : std::string(value->TypeName());
      return Fail(full, found + " is not supported; " + Quoted(expected) + " is");
    }
    return true;
  }

  bool ReadFlag(const json::Value& object, const std::string& path, std::string_view key, bool when_absent,
                bool* out) {
    const auto value = Present(object, key);
    if (value && !value->IsBool()) {
      return Fail(path + "." + std::string(key),
                  "expected a boolean, found " + std::string(value->TypeName()));
    }
    *out = value ? value->AsBool() : when_absent;
    return true;
  }

  bool ExpectFalse(const json::Value& object, const std::string& path, std::string_view key,
                   bool when_absent) {
    bool flag = false;
    if (!ReadFlag(object, path, key, when_absent, &flag)) return false;
    return !flag || Fail(path + "." + std::string(key), "true is not supported; false is");
  }

  bool ReadKind() {
    if (!root_.IsObject())
      return Fail("(root)", "expected an object, found " + std::string(root_.TypeName()));
    return !root_.Find("version") || ExpectText(root_, "", "version", "1.0");
  }

  bool ReadNormalizer() {
    const auto normalizer = Present(root_, "normalizer");
    if (!normalizer) return true;
    file_.normalize_nfc = true;
    return ExpectText(*normalizer, "normalizer", "type", "NFC");
  }

  bool ReadPreTokenizer() {
    const std::string path = "pre_tokenizer";
    const auto sequence = Present(root_, path);
    if (!sequence) return Fail(path, "missing");
    if (!ExpectText(*sequence, path, "type", "Sequence")) return false;
    const std::string list_path = path + ".pretokenizers";
    const auto list = sequence->Find("pretokenizers");
    if (!list || !list->IsArray() || list->size() != 2) {
      return Fail(list_path, "expected two, Split and ByteLevel");
    }
    const json::Value split = (*list)[0];
    const std::string split_path = Indexed(list_path, 0);
    if (!ExpectText(split, split_path, "type", "Split")) return false;
    const auto pattern = split.Find("pattern");
    if (!pattern) return Fail(split_path + ".pattern", "missing");
    if (!ExpectText(*pattern, split_path + ".pattern", "Regex", kQwenSplitPattern) ||
        !ExpectText(split, split_path, "behavior", "Isolated") ||
        !ExpectFalse(split, split_path, "invert", false)) {
      return false;
    }
    const json::Value byte_level = (*list)[1];
    const std::string byte_path = Indexed(list_path, 1);
    return ExpectText(byte_level, byte_path, "type", "ByteLevel") &&
           ExpectFalse(byte_level, byte_path, "add_prefix_space", true) &&
           ExpectFalse(byte_level, byte_path, "use_regex", true);
  }

  bool ReadPostProcessor() {
    const auto processor = Present(root_, "post_processor");
    return !processor || ExpectText(*processor, "post_processor", "type", "ByteLevel");
  }

  bool ReadModel() {
    const auto model = Present(root_, "model");
    if (!model) return Fail("model", "missing");
    if (!ExpectText(*model, "model", "type", "BPE")) return false;
    for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (Present(*model, key) && !ExpectText(*model, "model", key, "")) return false;
    }
    const auto dropout = Present(*model, "dropout");
    if (dropout && !(dropout->IsNumber() && dropout->AsNumber() == 0.0)) {
      return Fail("model.dropout", dropout->Dump() + " is not supported; null is");
    }
    // unk_token, fuse_unk and byte_fallback say what to do with a byte that has no token: ReadBytes wants all
    // 256.
    return ReadFlag(*model, "model", "ignore_merges", false, &file_.ignore_merges) &&
           ReadVocabulary(*model) && ReadBytes() && ReadMerges(*model);
  }

  bool ReadVocabulary(const json::Value& model) {
    const std::string path = "model.vocab";
    const auto vocab = model.Find("vocab");
    if (!vocab) return Fail(path, "missing");
    if (!vocab->IsObject()) return Fail(path, "expected an object, found " + std::string(vocab->TypeName()));
    const std::size_t size = vocab->size();
    if (size > kMaxVocabularyEntries) {
      return Fail(path, "more than " + std::to_string(kMaxVocabularyEntries) + " entries");
    }
    const auto added = root_.Find("added_tokens");
    file_.ids = TokenMap(size + (added ? std::min(added->size(), kMaxAddedTokens) : 0));
    file_.vocabulary.resize(size);
    std::vector<bool> taken(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::string_view content = vocab->KeyAt(i);
      const json::Value value = vocab->ValueAt(i);
      if (!value.IsInteger()) {
        return Fail(path + "." + Quoted(content),
                    "expected an integer, found " + std::string(value.TypeName()));
      }
      const std::int64_t id = value.AsInteger();
      if (id < 0 || id >= static_cast<std::int64_t>(size)) {
        return Fail(path + "." + Quoted(content), "id " + std::to_string(id) + " is outside 0 … " +
                                                      std::to_string(size - 1) + " (one id for each entry)");
      }
      const auto at = static_cast<std::size_t>(id);
      if (taken[at]) {
        return Fail(path + "." + Quoted(content),
                    "id " + std::to_string(id) + " is also that of " + Quoted(file_.vocabulary[at]));
      }
      taken[at] = true;
      file_.vocabulary[at] = content;
      file_.ids.Insert(content, static_cast<std::int32_t>(id));
    }
    return true;
  }

  bool ReadBytes() {
    for (std::size_t byte = 0; byte < file_.byte_ids.size(); ++byte) {
      std::string symbol;
      unicode::AppendUtf8(ByteSymbol(static_cast<unsigned char>(byte)), &symbol);
      const auto id = file_.ids.Find(symbol);
      if (!id) return Fail("model.vocab", "no entry " + Quoted(symbol) + ", byte " + std::to_string(byte));
      file_.byte_ids[byte] = *id;
    }
    return true;
  }

  bool ReadMerges(const json::Value& model) {
    const std::string path = "model.merges";
    const auto merges = model.Find("merges");
    if (!merges) return Fail(path, "missing");
    if (!merges->IsArray()) return Fail(path, "expected an array, found " + std::string(merges->TypeName()));
    file_.merges.reserve(merges->size());
    for (std::size_t i = 0; i < merges->size(); ++i) {
      const json::Value merge = (*merges)[i];
      // The older form, "left right", may carry the header of merges.txt.
      if (merge.IsString() && merge.AsString().starts_with("#version")) continue;
      const auto sides = Sides(merge);
      if (!sides) return Fail(Indexed(path, i), "expected [\"left\", \"right\"] or \"left right\"");
      if (!AddMerge(Indexed(path, i), sides->first, sides->second)) return false;
    }
    return true;
  }

  static std::optional<std::pair<std::string_view, std::string_view>> Sides(const json::Value& merge) {
    if (merge.IsArray()) {
      if (merge.size() != 2 || !merge[0].IsString() || !merge[1].IsString()) return std::nullopt;
      return std::pair{merge[0].AsString(), merge[1].AsString()};
    }
    if (!merge.IsString()) return std::nullopt;
    const std::string_view text = merge.AsString();
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
      return std::nullopt;
    return std::pair{text.substr(0, space), text.substr(space + 1)};
  }

  bool AddMerge(const std::string& path, std::string_view left, std::string_view right) {
    const std::string merged = std::string(left) + std::string(right);
    Merge merge{};
    for (const auto& [text, id] : {std::pair{left, &merge.left}, std::pair{right, &merge.right},
                                   std::pair{std::string_view(merged), &merge.merged}}) {
      const auto found = file_.ids.Find(text);
      if (!found) return Fail(path, Quoted(text) + " is not in model.vocab");
      *id = *found;
    }
    file_.merges.push_back(merge);
    return true;
  }

  bool ReadAddedTokens() {
    const std::string path = "added_tokens";
    file_.vocabulary_size = file_.vocabulary.size();
    const auto list = Present(root_, path);
    if (!list) return true;
    if (!list->IsArray()) return Fail(path, "expected an array, found " + std::string(list->TypeName()));
    if (list->size() > kMaxAddedTokens)
      return Fail(path, "more than " + std::to_string(kMaxAddedTokens) + " tokens");
    std::vector<bool> added_in_vocabulary(file_.vocabulary.size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!ReadAddedToken((*list)[i], Indexed(path, i), &added_in_vocabulary)) return false;
    }
    return true;
  }

  bool ReadAddedToken(const json::Value& entry, const std::string& path,
                      std::vector<bool>* added_in_vocabulary) {
    if (!entry.IsObject()) return Fail(path, "expected an object, found " + std::string(entry.TypeName()));
    const auto content = entry.Find("content");
    if (!content || !content->IsString() || content->AsString().empty()) {
      return Fail(path + ".content", "expected a text that is not empty");
    }
    const auto id = entry.Find("id");
    if (!id || !id->IsInteger()) return Fail(path + ".id", "expected an integer");
    for (const std::string_view key : {"single_word", "lstrip", "rstrip", "normalized"}) {
      if (!ExpectFalse(entry, path, key, false)) return false;
    }
    bool special = false;
    if (!ReadFlag(entry, path, "special", false, &special)) return false;

    // An added token has the vocabulary's id when it stands there, else the next free one.
    const std::string_view text = content->AsString();
    const auto known = file_.ids.Find(text);
    const std::int64_t due = known ? *known : static_cast<std::int64_t>(file_.vocabulary_size);
    const bool repeated = known && (static_cast<std::size_t>(*known) >= file_.vocabulary.size() ||
                                    (*added_in_vocabulary)[static_cast<std::size_t>(*known)]);
    if (repeated) return Fail(path + ".content", Quoted(text) + " is there twice");
    if (id->AsInteger() != due) {
      return Fail(path + ".id", std::to_string(id->AsInteger()) + " for " + Quoted(text) + " where " +
                                    std::to_string(due) +
                                    (known ? " is its id in model.vocab" : " is the next id"));
    }
    if (known) {
      (*added_in_vocabulary)[static_cast<std::size_t>(*known)] = true;
    } else {
      file_.ids.Insert(text, static_cast<std::int32_t>(due));
      ++file_.vocabulary_size;
    }
    file_.added_tokens.push_back({std::string(text), static_cast<std::int32_t>(due), special});
    return true;
  }

  const json::Value& root_;
  const std::string& name_;
  TokenizerFile file_;
  Error error_;
};

}  // namespace

Result<TokenizerFile> ReadTokenizer(const json::Value& root, const std::string& name) {
  return Reader(root, name).Read();
}

}  // namespace vlr
