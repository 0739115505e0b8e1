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

#include "base/file.h"
#include "base/utf8.h"

namespace vlr::json {
namespace {

using Node = rapidjson::Value;
constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
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
  StrictHandler(rapidjson::Document* dom, int max_depth) : dom_(dom), max_depth_(max_depth) {}

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
  bool String(const char* s, rapidjson::SizeType n, bool) { return dom_->String(s, n, true); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    if (!keys_.back().emplace(s, n).second) return Fail("duplicate key \"" + Shown(s, n) + "\"");
    return dom_->Key(s, n, true);
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

  // Texts that are well formed as a whole take the quick way: strings are copied by vector instructions,
  // which RapidJSON leaves out where it checks encoding itself.
  bool Quickly(rapidjson::Document& dom) const {
    if (text.find('\0') != std::string_view::npos || !IsValidUtf8(text)) return false;
    std::string padded;
    padded.reserve(text.size() + kPadding);
    padded.append(text).append(kPadding, '\0');
    StrictHandler handler(&dom, max_depth);
    rapidjson::StringStream stream(padded.c_str());
    rapidjson::Reader reader;
    return !reader.Parse<kParseFlags>(stream, handler).IsError();
  }

  // Tells what is wrong and where.
  bool operator()(rapidjson::Document& dom) {
    StrictHandler handler(&dom, max_depth);
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
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out->assign(buffer, end);
  if (out->find_first_of(".e") == std::string::npos) *out += ".0";
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
  auto quickly = [&](rapidjson::Document& dom) { return quick = generator.Quickly(dom); };
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
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  std::string number;
};

Writer::Writer() : impl_(std::make_unique<Impl>()) {}
Writer::~Writer() = default;

Writer& Writer::BeginObject() {
  impl_->writer.StartObject();
  return *this;
}
Writer& Writer::EndObject() {
  impl_->writer.EndObject();
  return *this;
}
Writer& Writer::BeginArray() {
  impl_->writer.StartArray();
  return *this;
}
Writer& Writer::EndArray() {
  impl_->writer.EndArray();
  return *this;
}
Writer& Writer::Key(std::string_view key) {
  impl_->writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  return *this;
}
Writer& Writer::String(std::string_view utf8) {
  const std::string clean = ReplaceInvalidUtf8(utf8);
  impl_->writer.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
  return *this;
}
Writer& Writer::Integer(std::int64_t value) {
  impl_->writer.Int64(value);
  return *this;
}
Writer& Writer::Float32(float value) {
  AppendNumber(&impl_->number, value);
  impl_->writer.RawValue(impl_->number.data(), impl_->number.size(), rapidjson::kNumberType);
  return *this;
}
Writer& Writer::Double(double value) {
  AppendNumber(&impl_->number, value);
  impl_->writer.RawValue(impl_->number.data(), impl_->number.size(), rapidjson::kNumberType);
  return *this;
}
Writer& Writer::Bool(bool value) {
  impl_->writer.Bool(value);
  return *this;
}
Writer& Writer::Null() {
  impl_->writer.Null();
  return *this;
}
Writer& Writer::Raw(std::string_view json) {
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

std::string Writer::Take() {
  if (!impl_->writer.IsComplete()) throw std::logic_error("json: the text is not complete");
  std::string text(impl_->buffer.GetString(), impl_->buffer.GetSize());
  impl_->buffer.Clear();
  impl_->writer.Reset(impl_->buffer);
  return text;
}

}  // namespace vlr::json
