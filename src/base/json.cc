#include "base/json.h"

// RapidJSON reports misuse by assertion: make it an exception. Memory and parsing stay bounded by the handler
// below.
#define RAPIDJSON_ASSERT(x) \
  ((x) ? static_cast<void>(0) : throw std::logic_error("json: wrong use of a value: " #x))
#define RAPIDJSON_HAS_STDSTRING 1
#ifdef __SSE4_2__
#define RAPIDJSON_SSE42
#endif
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"

namespace vlr::json {
namespace {

using Node = rapidjson::Value;
constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
constexpr unsigned kInPlaceParseFlags = kParseFlags | rapidjson::kParseInsituFlag;
constexpr unsigned kCheckedParseFlags = kParseFlags | rapidjson::kParseValidateEncodingFlag;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

const Node& Of(const void* node) {
  return *static_cast<const Node*>(node);
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kMaxShown = 64;
  return TruncateUtf8(std::string(text), kMaxShown);
}

// Where strings are and what has been looked at before.
enum class Way {
  kInPlace,  // well formed as a whole; strings stay in the text, whoever calls looks for keys that repeat
  kStrict,   // nothing is known
};

// Passes events on to the DOM builder while it counts depth and watches for keys that repeat within one
// object.
class StrictHandler {
 public:
  StrictHandler(rapidjson::Document* dom, bool has_escapes, int max_depth, Way way)
      : dom_(dom), has_escapes_(has_escapes), max_depth_(max_depth), in_place_(way == Way::kInPlace) {}

  std::string_view failure() const { return failure_; }

  bool Null() { return dom_->Null(); }
  bool Bool(bool b) { return dom_->Bool(b); }
  bool Int(int v) { return dom_->Int(v); }
  bool Uint(unsigned v) { return dom_->Uint(v); }
  bool Int64(std::int64_t v) { return dom_->Int64(v); }
  bool Uint64(std::uint64_t v) { return dom_->Uint64(v); }
  bool Double(double v) { return dom_->Double(v); }
  // Every number comes here as text: RapidJSON's own conversion is undefined for "0e151".
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    const char* const end = s + n;
    if (std::none_of(s, end, [](char c) { return c == '.' || c == 'e' || c == 'E'; })) {
      std::int64_t integer = 0;
      if (std::from_chars(s, end, integer).ec == std::errc{}) return dom_->Int64(integer);
      std::uint64_t large = 0;
      if (*s != '-' && std::from_chars(s, end, large).ec == std::errc{}) return dom_->Uint64(large);
    }
    double number = 0.0;
    if (std::from_chars(s, end, number).ec == std::errc{}) return dom_->Double(number);
    return Fail("number \"" + Shown({s, n}) + "\" outside the range of a double");
  }
  bool String(const char* s, rapidjson::SizeType n, bool) {
    return IsUnicode({s, n}) && dom_->String(s, n, !in_place_);
  }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    if (!IsUnicode({s, n})) return false;
    if (!in_place_ && !keys_.back().emplace(s, n).second)
      return Fail("duplicate key \"" + Shown({s, n}) + "\"");
    return dom_->Key(s, n, !in_place_);
  }
  bool StartObject() {
    if (!in_place_) keys_.emplace_back();
    return Enter() && dom_->StartObject();
  }
  bool EndObject(rapidjson::SizeType n) {
    if (!in_place_) keys_.pop_back();
    --depth_;
    return dom_->EndObject(n);
  }
  bool StartArray() { return Enter() && dom_->StartArray(); }
  bool EndArray(rapidjson::SizeType n) {
    --depth_;
    return dom_->EndArray(n);
  }

 private:
  // RapidJSON takes \udc00 alone, the second half of a surrogate pair, for a character.
  bool IsUnicode(std::string_view text) {
    return !has_escapes_ || IsValidUtf8(text) || Fail("half of a surrogate pair in a string");
  }
  bool Enter() { return ++depth_ <= max_depth_ || Fail("nested deeper than " + std::to_string(max_depth_)); }
  bool Fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  rapidjson::Document* dom_;
  bool has_escapes_;
  int max_depth_;
  bool in_place_;
  int depth_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;
  std::string failure_;
};

std::string_view NameOf(const Node::Member& member) {
  return {member.name.GetString(), member.name.GetStringLength()};
}

// The first member whose name another one before it has.
const Node* FindRepeated(const Node& object) {
  constexpr rapidjson::SizeType kFew = 16;
  std::unordered_set<std::string_view> names;
  for (auto one = object.MemberBegin(); one != object.MemberEnd(); ++one) {
    const auto same = [&](const Node::Member& other) { return NameOf(other) == NameOf(*one); };
    const bool repeats = object.MemberCount() <= kFew ? std::any_of(object.MemberBegin(), one, same)
                                                      : !names.insert(NameOf(*one)).second;
    if (repeats) return &one->name;
  }
  return nullptr;
}

// In any object of the tree, which is no deeper than Limits::max_depth: a name that repeats.
const Node* FindRepeatedKey(const Node& node) {
  if (node.IsArray()) {
    for (const Node& element : node.GetArray()) {
      if (const Node* const found = FindRepeatedKey(element)) return found;
    }
  } else if (node.IsObject()) {
    if (const Node* const found = FindRepeated(node)) return found;
    for (const Node::Member& member : node.GetObject()) {
      if (const Node* const found = FindRepeatedKey(member.value)) return found;
    }
  }
  return nullptr;
}

// A control character that stands nowhere in JSON. RapidJSON's vector instructions miss those from 0x1A on,
// and NUL ends its text.
bool HasForbiddenControl(std::string_view text) {
  bool found = false;  // without an early end, which lets the compiler take many bytes at a time
  for (const char c : text) {
    const bool is_space = c == '\t' || c == '\n' || c == '\r';
    found |= static_cast<unsigned char>(c) < ' ' && !is_space;
  }
  return found;
}

// What a text holds besides plain ASCII, found in one pass.
struct Contents {
  bool well_formed;  // UTF-8 without forbidden control characters
  bool has_escapes;  // \u, by which half a surrogate pair could come
};

Contents Examine(std::string_view text) {
  // Control characters and the bytes of longer sequences are those below the space, as signed numbers.
  unsigned char odd = 0, backslash = 0;
  for (const char c : text) {
    odd |= static_cast<signed char>(c) < ' ' ? 0xFF : 0;
    backslash |= c == '\\' ? 0xFF : 0;
  }
  return {odd == 0 || (!HasForbiddenControl(text) && IsValidUtf8(text)),
          backslash != 0 && text.find("\\u") != std::string_view::npos};
}

struct Failure {
  std::string message;
  std::size_t offset;
};

// Document::Populate wants a callable that feeds a handler; ours puts the strict one in between.
template <unsigned kFlags, class Stream>
std::optional<Failure> Read(Stream stream, StrictHandler handler, rapidjson::Document* dom) {
  rapidjson::ParseResult result;
  auto generate = [&](rapidjson::Document&) {
    rapidjson::Reader reader;
    result = reader.Parse<kFlags>(stream, handler);
    return !result.IsError();
  };
  dom->Populate(generate);
  if (!result.IsError()) return std::nullopt;
  return Failure{
      handler.failure().empty() ? rapidjson::GetParseError_En(result.Code()) : std::string(handler.failure()),
      result.Offset()};
}

// Strings are skipped by vector instructions, which RapidJSON leaves out where it checks encoding itself.
// REQUIRES well-formed text; what stands in it afterwards is for `dom` alone.
std::optional<Failure> ReadInPlace(std::string* text, bool has_escapes, int max_depth,
                                   rapidjson::Document* dom) {
  text->append(Document::kSlack, '\0');  // what the vector instructions may read past the end
  const StrictHandler handler(dom, has_escapes, max_depth, Way::kInPlace);
  auto failure = Read<kInPlaceParseFlags>(rapidjson::InsituStringStream(text->data()), handler, dom);
  if (failure) return failure;
  const Node* const repeated = FindRepeatedKey(*dom);
  if (!repeated) return std::nullopt;
  return Failure{"duplicate key \"" + Shown({repeated->GetString(), repeated->GetStringLength()}) + "\"",
                 static_cast<std::size_t>(repeated->GetString() - text->data())};
}

// Tells what is wrong and where. Goes past a byte order mark by itself: RapidJSON goes past parts of one.
std::optional<Failure> ReadStrictly(std::string_view text, int max_depth, rapidjson::Document* dom) {
  const std::size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const StrictHandler handler(dom, true, max_depth, Way::kStrict);
  auto failure =
      Read<kCheckedParseFlags>(rapidjson::MemoryStream(text.data() + mark, text.size() - mark), handler, dom);
  if (failure) failure->offset += mark;
  return failure;
}

}  // namespace

// What a Document and the texts taken from it share.
struct Value::Tree : std::enable_shared_from_this<Value::Tree> {
  explicit Tree(std::string source) : text(std::move(source)), pool(PoolBytes(text.size())), dom(&pool) {}

  // Nodes of a text that is mostly strings take little; more comes in pieces of the same size.
  static std::size_t PoolBytes(std::size_t text_bytes) {
    constexpr std::size_t kLeast = 1 << 10, kMost = 64 << 10;
    return std::clamp(text_bytes / 16, kLeast, kMost);
  }

  std::string text;  // in which the strings are, when it was read in place
  rapidjson::MemoryPoolAllocator<> pool;
  rapidjson::Document dom;
};

bool Value::IsNull() const {
  return Of(node_).IsNull();
}
bool Value::IsBool() const {
  return Of(node_).IsBool();
}
bool Value::IsString() const {
  return Of(node_).IsString();
}
bool Value::IsArray() const {
  return Of(node_).IsArray();
}
bool Value::IsObject() const {
  return Of(node_).IsObject();
}
bool Value::IsNumber() const {
  return Of(node_).IsNumber();
}
bool Value::IsInteger() const {
  return Of(node_).IsInt64();
}

bool Value::AsBool() const {
  return Of(node_).GetBool();
}
std::int64_t Value::AsInteger() const {
  return Of(node_).GetInt64();
}
double Value::AsNumber() const {
  return Of(node_).GetDouble();
}
std::string_view Value::AsString() const {
  const Node& node = Of(node_);
  return {node.GetString(), node.GetStringLength()};
}
SharedText Value::AsText() const {
  return {tree_->shared_from_this(), AsString()};
}

std::size_t Value::size() const {
  const Node& node = Of(node_);
  if (node.IsArray()) return node.Size();
  if (node.IsObject()) return node.MemberCount();
  return 0;
}

Value Value::operator[](std::size_t index) const {
  return {tree_, &Of(node_)[static_cast<rapidjson::SizeType>(index)]};
}

std::string_view Value::KeyAt(std::size_t index) const {
  const Node& key = (Of(node_).MemberBegin() + static_cast<std::ptrdiff_t>(index))->name;
  return {key.GetString(), key.GetStringLength()};
}

Value Value::ValueAt(std::size_t index) const {
  return {tree_, &(Of(node_).MemberBegin() + static_cast<std::ptrdiff_t>(index))->value};
}

std::optional<Value> Value::Find(std::string_view key) const {
  const auto index = IndexOf(key);
  if (!index) return std::nullopt;
  return ValueAt(*index);
}

std::optional<std::size_t> Value::IndexOf(std::string_view key) const {
  const Node& node = Of(node_);
  if (!node.IsObject()) return std::nullopt;
  const Node name(rapidjson::StringRef(key.data(), static_cast<rapidjson::SizeType>(key.size())));
  const auto member = node.FindMember(name);
  if (member == node.MemberEnd()) return std::nullopt;
  return static_cast<std::size_t>(member - node.MemberBegin());
}

std::string_view Value::TypeName() const {
  switch (Of(node_).GetType()) {
    case rapidjson::kNullType:
      return "null";
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      return "a boolean";
    case rapidjson::kObjectType:
      return "an object";
    case rapidjson::kArrayType:
      return "an array";
    case rapidjson::kStringType:
      return "a string";
    case rapidjson::kNumberType:
      return "a number";
  }
  return "unknown";
}

namespace {

std::optional<Error> TooLarge(std::size_t bytes, const Limits& limits) {
  if (bytes <= limits.max_bytes) return std::nullopt;
  return Error{"invalid_json", "the JSON text is larger than " + std::to_string(limits.max_bytes) + " bytes"};
}

}  // namespace

Result<Document> Document::Parse(std::string_view text, const Limits& limits) {
  if (const auto refusal = TooLarge(text.size(), limits)) return *refusal;
  std::string copy;
  copy.reserve(text.size() + kSlack);
  copy = text;
  return ParseInPlace(std::move(copy), limits);
}

Result<Document> Document::ParseInPlace(std::string text, const Limits& limits) {
  if (const auto refusal = TooLarge(text.size(), limits)) return *refusal;
  const auto tree = std::make_shared<Value::Tree>(std::move(text));
  const Contents contents = Examine(tree->text);
  const std::optional<Failure> failure =
      contents.well_formed && !tree->text.starts_with(kByteOrderMark)
          ? ReadInPlace(&tree->text, contents.has_escapes, limits.max_depth, &tree->dom)
          : ReadStrictly(tree->text, limits.max_depth, &tree->dom);
  if (failure) {
    return Error{"invalid_json", failure->message + " at byte " + std::to_string(failure->offset)};
  }
  return Document(tree);
}

Value Document::root() const {
  return {tree_.get(), static_cast<const Node*>(&tree_->dom)};
}

Result<Document> ParseFile(const std::string& path, const Limits& limits) {
  const auto text = ReadFile(path, limits.max_bytes);
  if (!text) return text.error();
  auto document = Document::Parse(*text, limits);
  if (!document) return Error{document.error().code, path + ": " + document.error().message, path};
  return document;
}

namespace {

// RapidJSON's own writer leaves control characters from 0x1A on as they are where it uses vector
// instructions.
void Write(const Node& node, Writer* out) {
  switch (node.GetType()) {
    case rapidjson::kNullType:
      out->Null();
      break;
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      out->Bool(node.GetBool());
      break;
    case rapidjson::kObjectType:
      out->BeginObject();
      for (const Node::Member& member : node.GetObject()) {
        out->Key(NameOf(member));
        Write(member.value, out);
      }
      out->EndObject();
      break;
    case rapidjson::kArrayType:
      out->BeginArray();
      for (const Node& element : node.GetArray()) Write(element, out);
      out->EndArray();
      break;
    case rapidjson::kStringType:
      out->String({node.GetString(), node.GetStringLength()});
      break;
    case rapidjson::kNumberType:
      if (node.IsInt64()) {
        out->Integer(node.GetInt64());
      } else if (node.IsUint64()) {
        out->Raw(std::to_string(node.GetUint64()));
      } else {
        out->Double(node.GetDouble());
      }
      break;
  }
}

}  // namespace

std::string Value::Dump() const {
  Writer out;
  Write(Of(node_), &out);
  return out.Take();
}

}  // namespace vlr::json
