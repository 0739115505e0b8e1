#include "base/json.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <random>
#include <string>

#include <cmath>
#include <cstdio>
#include <limits>

namespace vlr::json {
namespace {

std::string ErrorOf(std::string_view text, const Limits& limits = {}) {
  const auto document = Document::Parse(text, limits);
  return document ? "" : document.error().code + ": " + document.error().message;
}

TEST(JsonTest, ReadsEveryKindOfValue) {
  const auto document = Document::Parse(R"({"a": [1, -2.5, "x\u0000y", true, null], "b": {"c": {}}})");
  ASSERT_TRUE(document);
  const Value root = document->root();
  ASSERT_EQ(root.size(), 2u);
  EXPECT_EQ(root.KeyAt(0), "a");
  const Value a = *root.Find("a");
  EXPECT_EQ(a[0].AsInteger(), 1);
  EXPECT_FALSE(a[1].IsInteger());
  EXPECT_EQ(a[1].AsNumber(), -2.5);
  EXPECT_EQ(a[2].AsString(), std::string_view("x\0y", 3));
  EXPECT_TRUE(a[3].AsBool());
  EXPECT_TRUE(a[4].IsNull());
  EXPECT_TRUE(root.Find("b")->Find("c")->IsObject());
  EXPECT_FALSE(root.Find("z"));
  EXPECT_THROW(a[0].AsString(), std::logic_error);
}

TEST(JsonTest, ReadsNumbersExactly) {
  EXPECT_NE(ErrorOf("[1e-999]").find("number \"1e-999\""), std::string::npos);
  const auto numbers = Document::Parse(
      "[0e151, -0, 9223372036854775807, -9223372036854775808, 18446744073709551615, 36893488147419103232, "
      "0.1, 1E+2, 4.9e-324, 1.7976931348623157e308]");
  ASSERT_TRUE(numbers);
  const Value list = numbers->root();
  EXPECT_EQ(list[0].AsNumber(), 0.0);
  EXPECT_FALSE(list[0].IsInteger());
  EXPECT_EQ(list[1].AsInteger(), 0);
  EXPECT_EQ(list[2].AsInteger(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(list[3].AsInteger(), std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(list[4].IsInteger());
  EXPECT_EQ(list[4].AsNumber(), 18446744073709551615.0);
  EXPECT_EQ(list[5].AsNumber(), 36893488147419103232.0);
  EXPECT_EQ(list[6].AsNumber(), 0.1);
  EXPECT_EQ(list[7].AsNumber(), 100.0);
  EXPECT_EQ(list[8].AsNumber(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(list[9].AsNumber(), std::numeric_limits<double>::max());
}

TEST(JsonTest, RefusesWhatIsNotStrict) {
  EXPECT_NE(ErrorOf(R"({"a":1,"a":2})").find("duplicate key \"a\""), std::string::npos);
  EXPECT_NE(ErrorOf("[NaN]"), "");
  EXPECT_NE(ErrorOf("[Infinity]"), "");
  EXPECT_NE(ErrorOf("[1e999]"), "");
  EXPECT_NE(ErrorOf("\"\xff\""), "");
  for (const char* half : {"\\ud800", "\\udc00", "\\uDDDD", "x\\udfff", "\\udc00\\ud800"}) {
    EXPECT_NE(ErrorOf('"' + std::string(half) + '"'), "") << half;
    EXPECT_NE(ErrorOf("{\"" + std::string(half) + "\": 1}"), "") << half;
  }
  EXPECT_EQ(ErrorOf("[\"\\ud83d\\ude00 \\u06dd\"]"), "");
  EXPECT_NE(ErrorOf("{} x"), "");
  EXPECT_NE(ErrorOf("[1,]"), "");
  EXPECT_NE(ErrorOf("/*c*/1"), "");
  EXPECT_NE(ErrorOf(""), "");
  EXPECT_NE(ErrorOf("{\"a\":"), "");
}

TEST(JsonTest, RefusesDepthWithoutExhaustingTheStack) {
  EXPECT_NE(ErrorOf(std::string(1'000'000, '[')).find("nested deeper than 64"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"a\":";
  EXPECT_NE(ErrorOf(deep).find("nested deeper"), std::string::npos);
  EXPECT_EQ(ErrorOf(std::string(64, '[') + std::string(64, ']')), "");
}

TEST(JsonTest, RefusesMoreBytesThanAllowed) {
  EXPECT_NE(ErrorOf("[1,2,3]", {.max_bytes = 6}).find("larger than 6 bytes"), std::string::npos);
}

TEST(JsonTest, WritesFloatsThatRoundTrip) {
  Writer writer;
  writer.BeginArray().Float32(1.0F).Float32(0.1F).Float32(1e-30F).Double(0.1).Integer(-7).Bool(false).Null();
  writer.String("a\"\n\xff").Raw("{\"x\":1}").EndArray();
  EXPECT_EQ(writer.Take(), "[1.0,0.1,1e-30,0.1,-7,false,null,\"a\\\"\\n\xEF\xBF\xBD\",{\"x\":1}]");
}

TEST(JsonTest, RefusesToWriteWhatIsNotJson) {
  Writer writer;
  writer.BeginObject();
  EXPECT_THROW(writer.Take(), std::logic_error);
  EXPECT_THROW(writer.Key("a").Double(std::nan("")), std::logic_error);
  EXPECT_THROW(writer.Float32(std::numeric_limits<float>::infinity()), std::logic_error);
}

TEST(JsonTest, WritesEveryKindOfValue) {
  Writer writer;
  writer.BeginObject().Key("a").BeginArray().Integer(-7).Bool(true).Bool(false).Null().EndArray();
  writer.Key("\"k\"").String("\b\f\n\r\t\x01\x1f / \\ \xC3\xA4 \xFF").Key("o").BeginObject().EndObject();
  writer.Key("r").Raw("[1, 2]").Key("e").BeginArray().EndArray().EndObject();
  const std::string text = writer.Take();
  EXPECT_EQ(text,
            "{\"a\":[-7,true,false,null],"
            "\"\\\"k\\\"\":\"\\b\\f\\n\\r\\t\\u0001\\u001F / \\\\ \xC3\xA4 \xEF\xBF\xBD\","
            "\"o\":{},\"r\":[1, 2],\"e\":[]}");
  EXPECT_TRUE(Document::Parse(text));
  EXPECT_EQ(writer.String("again").Take(), "\"again\"");
}

TEST(JsonTest, RefusesToWriteOutOfPlace) {
  EXPECT_THROW(Writer().Take(), std::logic_error);
  EXPECT_THROW(Writer().Key("a"), std::logic_error);
  EXPECT_THROW(Writer().EndArray(), std::logic_error);
  EXPECT_THROW(Writer().Null().Null(), std::logic_error);
  EXPECT_THROW(Writer().BeginObject().Null(), std::logic_error);
  EXPECT_THROW(Writer().BeginObject().Key("a").Key("b"), std::logic_error);
  EXPECT_THROW(Writer().BeginObject().Key("a").EndObject(), std::logic_error);
  EXPECT_THROW(Writer().BeginObject().EndArray(), std::logic_error);
  EXPECT_THROW(Writer().BeginArray().Key("a"), std::logic_error);
  EXPECT_THROW(Writer().BeginArray().Take(), std::logic_error);
}

TEST(JsonTest, ADocumentOutlivesItsText) {
  auto text = std::make_unique<std::string>(
      R"(["plain", "esc\u00e4ped\n", {"key": "a string too long to be kept in a node"}])");
  auto parsed = Document::Parse(*text);
  text->assign(text->size(), 'x');
  text.reset();
  ASSERT_TRUE(parsed);
  const Document moved = std::move(*parsed);
  EXPECT_EQ(moved.root()[0].AsString(), "plain");
  EXPECT_EQ(moved.root()[1].AsString(), "esc\xC3\xA4ped\n");
  EXPECT_EQ(moved.root()[2].Find("key")->AsString(), "a string too long to be kept in a node");
}

TEST(JsonTest, ControlCharactersAreRefusedWhereverTheyStand) {
  for (int c = 0; c < ' '; ++c) {
    const bool is_space = c == '\t' || c == '\n' || c == '\r';
    for (std::size_t at = 0; at < 40; ++at) {
      std::string text(40, 'x');
      text[at] = static_cast<char>(c);
      EXPECT_NE(ErrorOf('"' + text + '"'), "") << c << " at " << at;
    }
    EXPECT_EQ(ErrorOf("[1," + std::string(40, static_cast<char>(c)) + "2]").empty(), is_space) << c;
  }
}

TEST(JsonTest, WhatIsDumpedReadsBack) {
  std::string escapes;
  for (int c = 0; c < ' '; ++c) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(c));
    escapes += escape + std::string(20, 'x');
  }
  const std::string text = "{\"a\":[null,true,false,-1,18446744073709551615,1.5,1e300,\"" + escapes +
                           "\"],\"" + escapes + "\":{}}";
  const auto read = Document::Parse(text);
  ASSERT_TRUE(read) << read.error().message;
  const auto again = Document::Parse(read->root().Dump());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->root().Dump(), read->root().Dump());
  EXPECT_EQ((*again->root().Find("a"))[7].AsString(), (*read->root().Find("a"))[7].AsString());
  EXPECT_EQ((*Document::Parse("[18446744073709551615, 0.1, -0.0]")).root().Dump(),
            "[18446744073709551615,0.1,-0.0]");
}

TEST(JsonTest, AByteOrderMarkIsPassedOverAsAWhole) {
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF[1]"), "");
  EXPECT_NE(ErrorOf("\xEF\xBB\xBF[1,]").find("at byte 6"), std::string::npos) << ErrorOf("\xEF\xBB\xBF[1,]");
  for (const char* part :
       {"\xEF", "\xBB", "\xBF", "\xEF\xBB", "\xEF\xBF", "\xBB\xBF", "\xEF\xBB\xBF\xEF\xBB\xBF"})
    EXPECT_NE(ErrorOf(std::string(part) + "8"), "") << part;
}

TEST(JsonTest, ATextOutlivesItsDocument) {
  SharedText text;
  for (const std::string json : {R"({"a": ["plain", "esc\u0061ped"]})", "\xEF\xBB\xBF[0, \"slow\"]"}) {
    auto document = std::make_unique<Document>(*Document::Parse(json));
    const Value list = document->root().IsArray() ? document->root() : *document->root().Find("a");
    const SharedText copy = list[1].AsText();
    document.reset();
    text = copy;
    EXPECT_EQ(std::string_view(text), json[0] == '{' ? "escaped" : "slow");
  }
  EXPECT_THROW((*Document::Parse("[1]")).root()[0].AsText(), std::logic_error);
}

TEST(JsonTest, KeysThatRepeatAreFoundInObjectsOfAnySize) {
  std::string members;
  for (int i = 0; i < 40; ++i) {
    members += (members.empty() ? "" : ",") + ("\"k" + std::to_string(i) + "\":0");
    const std::string nested = "[{\"in\":{" + members + "}}]";
    EXPECT_EQ(ErrorOf(nested), "") << nested;
    const std::string repeated = "[{\"in\":{" + members + ",\"k" + std::to_string(i / 2) + "\":1}}]";
    EXPECT_NE(ErrorOf(repeated).find("duplicate key \"k" + std::to_string(i / 2) + "\""), std::string::npos);
  }
}

// Eight bytes are looked at together: what must be escaped is found wherever it stands.
TEST(JsonTest, EscapesAreFoundAtEveryPlace) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 128; ++c) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(c);
        Writer out;
        out.String(text);
        const std::string json = out.Take();
        const auto read = Document::Parse(json);
        ASSERT_TRUE(read) << json;
        ASSERT_EQ(read->root().AsString(), text);
      }
      std::string text(size, '\x7f');
      text.replace(at, 1, "\xC3\xA9");  // é
      Writer out;
      out.String(text);
      ASSERT_EQ(out.Take(), '"' + text + '"');
    }
  }
}

TEST(JsonTest, FileErrorsNameTheFile) {
  const auto missing = ParseFile("/nonexistent/x.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "file_missing");
  EXPECT_EQ(missing.error().part, "/nonexistent/x.json");
}

// What is accepted and refused does not depend on which way a text takes: a mark before it forces the slow
// one.
TEST(JsonTest, BothWaysReadTheSame) {
  const std::string pieces[] = {"{",
                                "}",
                                "[",
                                "]",
                                ":",
                                ",",
                                "\"",
                                "\\",
                                "\\u00e9",
                                "\\ud83d\\ude00",
                                "\\udc00",
                                "null",
                                "-1.5e3",
                                "12",
                                " ",
                                "\n",
                                "a long text without anything to escape",
                                "é",
                                "\"key\":",
                                "\xff",
                                "\"value\"",
                                "[1,{\"a\":\"b\"}]",
                                std::string(1, '\0')};
  std::mt19937 random(5);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "[" : "";
    for (unsigned k = random() % 6; k > 0; --k) text += pieces[random() % std::size(pieces)];
    if (i % 2 == 0) text += "]";
    const auto quick = Document::Parse(text);
    const auto slow = Document::Parse("\xEF\xBB\xBF" + text);
    ASSERT_EQ(quick.has_value(), slow.has_value()) << text;
    if (!quick) continue;
    ++accepted;
    ASSERT_EQ(quick->root().Dump(), slow->root().Dump()) << text;
  }
  EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace vlr::json
