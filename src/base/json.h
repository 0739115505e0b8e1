// Strict JSON: the only door to RapidJSON, and it closes its holes. Depth is capped before recursion can
// hurt, duplicate keys, NaN/Infinity, invalid UTF-8 and trailing text are refused, numbers print so that they
// round-trip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shared_text.h"

namespace vlr::json {

struct Limits {
  std::size_t max_bytes = std::size_t{64} << 20;
  int max_depth = 64;
};

// A node of a Document: cheap to copy, read only, valid as long as its Document. Safe to read from several
// threads. The As… calls REQUIRE the matching type (they throw std::logic_error otherwise).
class Value {
 public:
  bool IsNull() const;
  bool IsBool() const;
  bool IsString() const;
  bool IsArray() const;
  bool IsObject() const;
  bool IsNumber() const;
  bool IsInteger() const;  // a number written without fraction or exponent that fits int64

  bool AsBool() const;
  std::int64_t AsInteger() const;
  double AsNumber() const;
  std::string_view AsString() const;
  // The same, which keeps what it needs of the Document alive.
  SharedText AsText() const;

  // Elements of an array or members of an object; 0 for everything else.
  std::size_t size() const;
  Value operator[](std::size_t index) const;        // array element
  std::string_view KeyAt(std::size_t index) const;  // object member, in document order
  Value ValueAt(std::size_t index) const;
  // The member of that name; nothing when absent or when this is no object. A null member is found as null.
  std::optional<Value> Find(std::string_view key) const;
  std::optional<std::size_t> IndexOf(std::string_view key) const;

  // "null", "a boolean", "a number", "a string", "an array", "an object": for messages.
  std::string_view TypeName() const;
  // The value as JSON text.
  std::string Dump() const;

 private:
  friend class Document;
  struct Tree;
  Value(const Tree* tree, const void* node) : tree_(tree), node_(node) {}
  const Tree* tree_;
  const void* node_;
};

class Document {
 public:
  // Errors: code "invalid_json", the message gives the byte offset.
  static Result<Document> Parse(std::string_view text, const Limits& limits = {});
  // The same of a text that is given away: its strings stay where they are, and nothing is copied when its
  // capacity has room for kSlack bytes more.
  static Result<Document> ParseInPlace(std::string text, const Limits& limits = {});
  static constexpr std::size_t kSlack = 16;
  Value root() const;

 private:
  explicit Document(std::shared_ptr<const Value::Tree> tree) : tree_(std::move(tree)) {}
  std::shared_ptr<const Value::Tree> tree_;
};

// Reads and parses a file; errors name it: "file_missing", "invalid_json".
Result<Document> ParseFile(const std::string& path, const Limits& limits = {});

// Builds JSON text. Misuse (a value where a key is due, an unbalanced End) throws std::logic_error. Not
// thread safe.
class Writer {
 public:
  Writer();
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& BeginObject();
  Writer& EndObject();
  Writer& BeginArray();
  Writer& EndArray();
  Writer& Key(std::string_view key);
  Writer& String(std::string_view utf8);  // invalid UTF-8 is replaced by U+FFFD
  Writer& Integer(std::int64_t value);
  // Shortest text that reads back as the same float32 or double, always with a point or exponent (1.0, never
  // 1). NaN and infinity throw std::logic_error.
  Writer& Float32(float value);
  Writer& Double(double value);
  Writer& Bool(bool value);
  Writer& Null();
  Writer& Raw(std::string_view json);  // REQUIRES: one valid JSON value

  // The finished text; REQUIRES every Begin closed.
  std::string Take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vlr::json
