#include "model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "model/test_checkpoint.h"

namespace vlr {
namespace {

using ::testing::HasSubstr;
using testing::SafetensorsFile;
using testing::TemporaryFolder;

Result<TensorMap> Parse(const std::string& file) {
  return ParseSafetensors(std::as_bytes(std::span(file.data(), file.size())), "f.safetensors");
}

// The message that refuses a header before eight bytes of data; also checks code and part.
std::string Refusal(const std::string& header) {
  const auto tensors = Parse(SafetensorsFile(header, "01234567"));
  if (tensors) return "taken";
  EXPECT_EQ(tensors.error().code, "model_invalid");
  EXPECT_THAT(tensors.error().part, HasSubstr("f.safetensors"));
  return tensors.error().message;
}

TEST(SafetensorsTest, ReadsTensorsInPlace) {
  const std::string file = SafetensorsFile(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},)"
      R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"I64","shape":[3,0],"data_offsets":[8,8]}})",
      "01234567");
  const auto tensors = Parse(file);
  ASSERT_TRUE(tensors) << tensors.error().message;
  ASSERT_EQ(tensors->size(), 3u);
  EXPECT_EQ(tensors->at("a").type, StorageType::kFloat32);
  EXPECT_EQ(tensors->at("b").shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(std::memcmp(tensors->at("b").bytes.data(), "4567", 4), 0);
  EXPECT_EQ(tensors->at("e").type_name, "I64");
}

TEST(SafetensorsTest, NamesTheTensorThatIsWrong) {
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"Q4","shape":[8],"data_offsets":[0,8]}})"),
              HasSubstr("tensor x has the unknown dtype \"Q4\""));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"),
              HasSubstr("x takes 8 bytes, its dtype and shape 12"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})"),
              HasSubstr("x ends at byte 16 of the data, which has only 8: the file is truncated"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})"), HasSubstr("no range"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})"), HasSubstr("no range"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})"),
              HasSubstr("no list of sizes"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})"),
              HasSubstr("no list of sizes"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}})"),
              HasSubstr("too large"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})"),
              HasSubstr("more than 8 dimensions"));
  EXPECT_THAT(Refusal(R"({"x":{"shape":[1],"data_offsets":[0,4]}})"), HasSubstr("no dtype"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","data_offsets":[0,4]}})"), HasSubstr("no shape"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}})"),
              HasSubstr("no data_offsets"));
  EXPECT_THAT(Refusal(R"({"x":7})"), HasSubstr("tensor x is not described by an object"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                      R"("y":{"dtype":"F32","shape":[1],"data_offsets":[3,7]}})"),
              HasSubstr("tensor y overlaps x"));
  EXPECT_THAT(Refusal(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                      R"("x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"),
              HasSubstr("duplicate key \"x\""));
}

TEST(SafetensorsTest, RefusesAHeaderThatIsNone) {
  EXPECT_THAT(Refusal("[]"), HasSubstr("no object"));
  EXPECT_THAT(Refusal("{"), HasSubstr("no JSON"));
  EXPECT_THAT(Parse("1234567").error().message, HasSubstr("shorter than its header"));
  EXPECT_THAT(Parse(std::string(16, '\xff')).error().message, HasSubstr("over 100 MB"));
  EXPECT_THAT(Parse(SafetensorsFile("{}", "").substr(0, 9)).error().message,
              HasSubstr("ends within its header"));
}

class TensorFilesTest : public ::testing::Test {
 protected:
  static std::string One(const std::string& name) {
    return SafetensorsFile("{\"" + name + R"(":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                           name + name + name + name);
  }
  Error ErrorOf() const {
    const auto files = TensorFiles::Open(folder_.path());
    EXPECT_FALSE(files);
    return files ? Error() : files.error();
  }
  TemporaryFolder folder_;
};

TEST_F(TensorFilesTest, OpensOneFile) {
  folder_.Write("model.safetensors", One("a"));
  const auto files = TensorFiles::Open(folder_.path());
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_NE(files->Find("a"), nullptr);
  EXPECT_EQ(files->Find("b"), nullptr);
}

TEST_F(TensorFilesTest, OpensShards) {
  folder_.Write("model.safetensors.index.json",
                R"({"metadata":{},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  folder_.Write("1.safetensors", One("a"));
  folder_.Write("2.safetensors", One("b"));
  const auto files = TensorFiles::Open(folder_.path());
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_EQ(files->Find("b")->file, "2.safetensors");
}

TEST_F(TensorFilesTest, NamesWhatIsMissing) {
  EXPECT_EQ(ErrorOf().code, "file_missing");
  EXPECT_EQ(ErrorOf().part, "model.safetensors");
  folder_.Write("model.safetensors.index.json",
                R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  folder_.Write("1.safetensors", One("a"));
  EXPECT_EQ(ErrorOf().part, "2.safetensors");
  folder_.Write("2.safetensors", One("c"));
  EXPECT_EQ(ErrorOf().message, "model.safetensors.index.json: tensor b is not in 2.safetensors");
  folder_.Write("2.safetensors", One("a"));
  EXPECT_EQ(ErrorOf().message, "2.safetensors: tensor a is also in 1.safetensors");
}

TEST_F(TensorFilesTest, RefusesAnIndexThatLeadsElsewhere) {
  folder_.Write("model.safetensors.index.json", R"({"weight_map":{"a":"../1.safetensors"}})");
  EXPECT_THAT(ErrorOf().message, HasSubstr("tensor a is not mapped to a file name"));
  folder_.Write("model.safetensors.index.json", R"({})");
  EXPECT_THAT(ErrorOf().message, HasSubstr("weight_map is missing"));
  folder_.Write("model.safetensors.index.json", "{");
  EXPECT_EQ(ErrorOf().code, "invalid_json");
}

}  // namespace
}  // namespace vlr
