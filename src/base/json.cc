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
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"

namespace vlr::json {
namespace {

using Node = rapidjson::Value;
constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
constexpr unsigned kQuickParseFlags = kParseFlags | rapidjson::kParseInsituFlag;
constexpr unsigned kCheckedParseFlags = kParseFlags | rapidjson::kParseValidateEncodingFlag;
// What RapidJSON's vector instructions may read past the end of a text.
constexpr std::size_t kPadding = 16;

const Node& Of(const void* node) {
  return *static_cast<const Node*>(node);
}

// Passes events on to the DOM builder while it counts depth and watches for keys that repeat within one
// object.
class StrictHandler {
 public:
  // With `copies` unset the text outlives the document, which refers to its strings there.
  StrictHandler(rapidjson::Document* dom, int max_depth, bool copies)
      : dom_(dom), max_depth_(max_depth), copies_(copies) {}

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
    return Fail("number \"" + Shown(s, n) + "\" outside the range of a double");
  }
  bool String(const char* s, rapidjson::SizeType n, bool) { return dom_->String(s, n, copies_); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    if (!keys_.back().emplace(s, n).second) return Fail("duplicate key \"" + Shown(s, n) + "\"");
    return dom_->Key(s, n, copies_);
  }
  bool StartObject() {
    keys_.emplace_back();
    return Enter() && dom_->StartObject();
  }
  bool EndObject(rapidjson::SizeType n) {
    keys_.pop_back();
    --depth_;
    return dom_->EndObject(n);
  }
  bool StartArray() { return Enter() && dom_->StartArray(); }
  bool EndArray(rapidjson::SizeType n) {
    --depth_;
    return dom_->EndArray(n);
  }

 private:
  static std::string Shown(const char* s, std::size_t n) {
    constexpr std::size_t kMaxShown = 64;
    return TruncateUtf8(std::string(s, n), kMaxShown);
  }
  bool Enter() { return ++depth_ <= max_depth_ || Fail("nested deeper than " + std::to_string(max_depth_)); }
  bool Fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  rapidjson::Document* dom_;
  int max_depth_;
  bool copies_;
  int depth_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;
  std::string failure_;
};

// Document::Populate wants a callable that feeds a handler; ours puts the strict one in between.
struct Generator {
  std::string_view text;
  int max_depth;
  std::string failure;
  std::size_t offset = 0;

  // Texts that are well formed as a whole take the quick way: strings are skipped by vector instructions,
  // which RapidJSON leaves out where it checks encoding itself, and stay where they are, in `storage`.
  bool Quickly(rapidjson::Document& dom, std::string* storage) const {
    if (text.find('\0') != std::string_view::npos || !IsValidUtf8(text)) return false;
    storage->reserve(text.size() + kPadding);
    storage->append(text).append(kPadding, '\0');
    StrictHandler handler(&dom, max_depth, false);
    rapidjson::InsituStringStream stream(storage->data());
    rapidjson::Reader reader;
    return !reader.Parse<kQuickParseFlags>(stream, handler).IsError();
  }

  // Tells what is wrong and where.
  bool operator()(rapidjson::Document& dom) {
    StrictHandler handler(&dom, max_depth, true);
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    rapidjson::Reader reader;
    const auto result = reader.Parse<kCheckedParseFlags>(stream, handler);
    if (!result.IsError()) return true;
    offset = result.Offset();
    failure = handler.failure().empty() ? rapidjson::GetParseError_En(result.Code())
                                        : std::string(handler.failure());
    return false;
  }
};

template <class Number>
void AppendNumber(std::string* out, Number value) {
  if (!std::isfinite(value)) throw std::logic_error("json: NaN and infinity have no JSON form");
  char buffer[64];
  const std::string_view text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  out->append(text);
  if (text.find_first_of(".e") == std::string_view::npos) *out += ".0";
}

void AppendInteger(std::string* out, std::int64_t value) {
  char buffer[32];
  out->append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

// Of a control character, a quote or a backslash.
void AppendEscape(std::string* out, unsigned char c) {
  constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
  constexpr std::string_view kShort = "\"\\bfnrt";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  *out += '\\';
  if (const auto found = kPlain.find(static_cast<char>(c)); found != std::string_view::npos) {
    *out += kShort[found];
  } else {
    out->append("u00").append({kHex[c >> 4U], kHex[c & 15U]});
  }
}

}  // namespace

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

std::size_t Value::size() const {
  const Node& node = Of(node_);
  if (node.IsArray()) return node.Size();
  if (node.IsObject()) return node.MemberCount();
  return 0;
}

Value Value::operator[](std::size_t index) const {
  return Value(&Of(node_)[static_cast<rapidjson::SizeType>(index)]);
}

std::string_view Value::KeyAt(std::size_t index) const {
  const Node& key = (Of(node_).MemberBegin() + static_cast<std::ptrdiff_t>(index))->name;
  return {key.GetString(), key.GetStringLength()};
}

Value Value::ValueAt(std::size_t index) const {
  return Value(&(Of(node_).MemberBegin() + static_cast<std::ptrdiff_t>(index))->value);
}

std::optional<Value> Value::Find(std::string_view key) const {
  const Node& node = Of(node_);
  if (!node.IsObject()) return std::nullopt;
  const Node name(rapidjson::StringRef(key.data(), static_cast<rapidjson::SizeType>(key.size())));
  const auto member = node.FindMember(name);
  if (member == node.MemberEnd()) return std::nullopt;
  return Value(&member->value);
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

std::string Value::Dump() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  Of(node_).Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

struct Document::Impl {
  std::string text;  // in which the strings are, when it was read the quick way
  rapidjson::Document dom;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;
Value Document::root() const {
  return Value(static_cast<const Node*>(&impl_->dom));
}

Result<Document> Document::Parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error{"invalid_json",
                 "the JSON text is larger than " + std::to_string(limits.max_bytes) + " bytes"};
  }
  auto impl = std::make_unique<Impl>();
  Generator generator{text, limits.max_depth, {}};
  bool quick = false;
  auto quickly = [&](rapidjson::Document& dom) { return quick = generator.Quickly(dom, &impl->text); };
  impl->dom.Populate(quickly);
  if (!quick) impl->dom.Populate(generator);
  if (!generator.failure.empty()) {
    return Error{"invalid_json", generator.failure + " at byte " + std::to_string(generator.offset)};
  }
  return Document(std::move(impl));
}

Result<Document> ParseFile(const std::string& path, const Limits& limits) {
  const auto text = ReadFile(path, limits.max_bytes);
  if (!text) return text.error();
  auto document = Document::Parse(*text, limits);
  if (!document) return Error{document.error().code, path + ": " + document.error().message, path};
  return document;
}

struct Writer::Impl {
  struct Level {
    bool object;
    bool empty = true;
    bool keyed = false;  // the next is the value of a key
  };

  void Separate() {
    if (!std::exchange(levels.back().empty, false)) text += ',';
  }
  void BeforeValue() {
    if (levels.empty()) {
      Require(text.empty(), "a second value");
    } else if (levels.back().object) {
      Require(std::exchange(levels.back().keyed, false), "a value without a key");
    } else {
      Separate();
    }
  }
  void Begin(bool object) {
    BeforeValue();
    levels.push_back({object});
    text += object ? '{' : '[';
  }
  void End(bool object) {
    Require(!levels.empty() && levels.back().object == object && !levels.back().keyed, "an end out of place");
    levels.pop_back();
    text += object ? '}' : ']';
  }
  void Quoted(std::string_view utf8) {
    text += '"';
    std::size_t begin = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
      const auto c = static_cast<unsigned char>(utf8[i]);
      if (c >= ' ' && c != '"' && c != '\\') continue;
      text.append(utf8, begin, i - begin);
      AppendEscape(&text, c);
      begin = i + 1;
    }
    text.append(utf8, begin);
    text += '"';
  }
  static void Require(bool holds, const char* misuse) {
    if (!holds) throw std::logic_error(std::string("json: ") + misuse);
  }

  std::string text;
  std::vector<Level> levels;
};

Writer::Writer() : impl_(std::make_unique<Impl>()) {}
Writer::~Writer() = default;

Writer& Writer::BeginObject() {
  impl_->Begin(true);
  return *this;
}
Writer& Writer::EndObject() {
  impl_->End(true);
  return *this;
}
Writer& Writer::BeginArray() {
  impl_->Begin(false);
  return *this;
}
Writer& Writer::EndArray() {
  impl_->End(false);
  return *this;
}
Writer& Writer::Key(std::string_view key) {
  const bool due = !impl_->levels.empty() && impl_->levels.back().object && !impl_->levels.back().keyed;
  Impl::Require(due, "a key out of place");
  impl_->Separate();
  impl_->levels.back().keyed = true;
  impl_->Quoted(key);
  impl_->text += ':';
  return *this;
}
Writer& Writer::String(std::string_view utf8) {
  impl_->BeforeValue();
  if (IsValidUtf8(utf8)) {
    impl_->Quoted(utf8);
  } else {
    impl_->Quoted(ReplaceInvalidUtf8(utf8));
  }
  return *this;
}
Writer& Writer::Integer(std::int64_t value) {
  impl_->BeforeValue();
  AppendInteger(&impl_->text, value);
  return *this;
}
Writer& Writer::Float32(float value) {
  impl_->BeforeValue();
  AppendNumber(&impl_->text, value);
  return *this;
}
Writer& Writer::Double(double value) {
  impl_->BeforeValue();
  AppendNumber(&impl_->text, value);
  return *this;
}
Writer& Writer::Bool(bool value) {
  return Raw(value ? "true" : "false");
}
Writer& Writer::Null() {
  return Raw("null");
}
Writer& Writer::Raw(std::string_view json) {
  impl_->BeforeValue();
  impl_->text += json;
  return *this;
}

std::string Writer::Take() {
  Impl::Require(impl_->levels.empty() && !impl_->text.empty(), "the text is not complete");
  return std::exchange(impl_->text, {});
}

}  // namespace vlr::json
