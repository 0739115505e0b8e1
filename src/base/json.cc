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
#include <cmath>
#include <cstring>
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
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

const Node& Of(const void* node) {
  return *static_cast<const Node*>(node);
}

// Passes events on to the DOM builder while it counts depth and watches for keys that repeat within one
// object.
class StrictHandler {
 public:
  // Quickly: the text outlives the document, which refers to its strings there, and somebody else looks for
  // keys that repeat.
  StrictHandler(rapidjson::Document* dom, std::string_view text, int max_depth, bool quickly)
      : dom_(dom),
        has_escapes_(text.find("\\u") != std::string_view::npos),
        max_depth_(max_depth),
        quickly_(quickly) {}

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
  bool String(const char* s, rapidjson::SizeType n, bool) {
    return IsUnicode({s, n}) && dom_->String(s, n, !quickly_);
  }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    if (!IsUnicode({s, n})) return false;
    if (!quickly_ && !keys_.back().emplace(s, n).second) return Fail("duplicate key \"" + Shown(s, n) + "\"");
    return dom_->Key(s, n, !quickly_);
  }
  bool StartObject() {
    if (!quickly_) keys_.emplace_back();
    return Enter() && dom_->StartObject();
  }
  bool EndObject(rapidjson::SizeType n) {
    if (!quickly_) keys_.pop_back();
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
  bool quickly_;
  int depth_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;
  std::string failure_;
};

std::string_view NameOf(const Node::Member& member) {
  return {member.name.GetString(), member.name.GetStringLength()};
}

bool MembersAreUnique(const Node& object) {
  constexpr rapidjson::SizeType kFew = 16;
  if (object.MemberCount() <= kFew) {
    for (auto one = object.MemberBegin(); one != object.MemberEnd(); ++one) {
      const auto same = [&](const Node::Member& other) { return NameOf(other) == NameOf(*one); };
      if (std::any_of(object.MemberBegin(), one, same)) return false;
    }
    return true;
  }
  std::unordered_set<std::string_view> names;
  return std::all_of(object.MemberBegin(), object.MemberEnd(),
                     [&](const Node::Member& member) { return names.insert(NameOf(member)).second; });
}

// In every object of the tree, which is no deeper than Limits::max_depth.
bool KeysAreUnique(const Node& node) {
  if (node.IsArray()) return std::all_of(node.Begin(), node.End(), KeysAreUnique);
  if (!node.IsObject()) return true;
  return MembersAreUnique(node) &&
         std::all_of(node.MemberBegin(), node.MemberEnd(),
                     [](const Node::Member& member) { return KeysAreUnique(member.value); });
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

// Document::Populate wants a callable that feeds a handler; ours puts the strict one in between.
struct Generator {
  std::string_view text;
  int max_depth;
  std::string failure;
  std::size_t offset = 0;

  // Texts that are well formed as a whole take the quick way: strings are skipped by vector instructions,
  // which RapidJSON leaves out where it checks encoding itself, and stay where they are, in `storage`.
  bool Quickly(rapidjson::Document& dom, std::string* storage) const {
    if (HasForbiddenControl(text) || !IsValidUtf8(text)) return false;
    storage->reserve(text.size() + kPadding);
    storage->append(text).append(kPadding, '\0');
    StrictHandler handler(&dom, text, max_depth, true);
    rapidjson::InsituStringStream stream(storage->data());
    rapidjson::Reader reader;
    return !reader.Parse<kQuickParseFlags>(stream, handler).IsError();
  }

  // Tells what is wrong and where. Goes past a byte order mark by itself: RapidJSON goes past parts of one.
  bool operator()(rapidjson::Document& dom) {
    StrictHandler handler(&dom, text, max_depth, false);
    const std::size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    rapidjson::MemoryStream stream(text.data() + mark, text.size() - mark);
    rapidjson::Reader reader;
    const auto result = reader.Parse<kCheckedParseFlags>(stream, handler);
    if (!result.IsError()) return true;
    offset = mark + result.Offset();
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
  if (std::none_of(text.begin(), text.end(), [](char c) { return c == '.' || c == 'e'; })) *out += ".0";
}

void AppendInteger(std::string* out, std::int64_t value) {
  char buffer[32];
  out->append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

// How many of the first bytes stand in a string as they are. Eight at a time: a byte is below 32, or equal to
// another one, where a subtraction borrows into its highest bit (Mycroft's test).
std::size_t PlainBytes(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighest = 0x8080808080808080;
  const auto below = [](std::uint64_t bytes, std::uint64_t bound) {
    return (bytes - kOnes * bound) & ~bytes & kHighest;
  };
  std::size_t i = 0;
  for (std::uint64_t bytes = 0; i + sizeof bytes <= text.size(); i += sizeof bytes) {
    std::memcpy(&bytes, text.data() + i, sizeof bytes);
    if ((below(bytes, ' ') | below(bytes ^ kOnes * '"', 1) | below(bytes ^ kOnes * '\\', 1)) != 0) break;
  }
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\'; };
  while (i < text.size() && is_plain(text[i])) ++i;
  return i;
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

// What a Document and the texts taken from it share.
struct Value::Tree : std::enable_shared_from_this<Value::Tree> {
  explicit Tree(std::size_t text_bytes) : pool(PoolBytes(text_bytes)), dom(&pool) {}

  // Nodes of a text that is mostly strings take little; more comes in pieces of the same size.
  static std::size_t PoolBytes(std::size_t text_bytes) {
    constexpr std::size_t kLeast = 1 << 10, kMost = 64 << 10;
    return std::clamp(text_bytes / 16, kLeast, kMost);
  }

  std::string text;  // in which the strings are, when it was read the quick way
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

Result<Document> Document::Parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error{"invalid_json",
                 "the JSON text is larger than " + std::to_string(limits.max_bytes) + " bytes"};
  }
  const auto tree = std::make_shared<Value::Tree>(text.size());
  Generator generator{text, limits.max_depth, {}};
  bool quick = false;
  auto quickly = [&](rapidjson::Document& dom) { return quick = generator.Quickly(dom, &tree->text); };
  tree->dom.Populate(quickly);
  quick = quick && KeysAreUnique(tree->dom);
  if (!quick) tree->dom.Populate(generator);
  if (!generator.failure.empty()) {
    return Error{"invalid_json", generator.failure + " at byte " + std::to_string(generator.offset)};
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

struct Writer::Impl {
  Impl() {
    constexpr std::size_t kUsualBytes = 2048, kUsualDepth = 8;
    text.reserve(kUsualBytes);
    levels.reserve(kUsualDepth);
  }

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
    while (true) {
      const std::size_t plain = PlainBytes(utf8);
      text += utf8.substr(0, plain);
      if (plain == utf8.size()) break;
      AppendEscape(&text, static_cast<unsigned char>(utf8[plain]));
      utf8.remove_prefix(plain + 1);
    }
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
