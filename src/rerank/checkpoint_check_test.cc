#include "rerank/checkpoint_check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "rerank/loaded_model.h"
#include "rerank/sha256_list.h"

namespace vlr {
namespace {

namespace fs = std::filesystem;

const fs::path kTiny = fs::path(VLR_TEST_DATA) / "golden-a/model";

// A copy of the tiny checkpoint that a test may spoil.
class CheckpointCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vlr-check-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::copy(kTiny, folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& content) const {
    fs::remove(folder_ / name);
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::string Read(const std::string& name) const {
    return ReadFile((folder_ / name).string(), std::size_t{1} << 30).value();
  }
  void Replace(const std::string& name, const std::string& from, const std::string& to) const {
    std::string content = Read(name);
    const std::size_t at = content.find(from);
    ASSERT_NE(at, std::string::npos);
    Write(name, content.replace(at, from.size(), to));
  }
  // The detail of the one check that failed; empty when none did.
  std::string Failure(const std::string& name, const CheckpointCheckOptions& options = {}) const {
    for (const CheckpointCheck& check : CheckCheckpoint(folder_.string(), options)) {
      if (check.name == name && !check.passed) return check.detail;
    }
    return {};
  }

  fs::path folder_;
};

TEST_F(CheckpointCheckTest, ASoundCheckpointPassesEveryCheck) {
  std::string names;
  for (const CheckpointCheck& check : CheckCheckpoint(folder_.string(), {.values = true})) {
    EXPECT_TRUE(check.passed) << check.name << ": " << check.detail;
    names += check.name + " ";
  }
  EXPECT_EQ(names, "checksums config tokenizer processor tensors values template ");
  for (const char* shape : {"golden-b/model", "../../models/vl-rerank-mini"}) {
    for (const CheckpointCheck& check : CheckCheckpoint(std::string(VLR_TEST_DATA) + "/" + shape, {})) {
      EXPECT_TRUE(check.passed) << shape << " " << check.name << ": " << check.detail;
    }
  }
}

TEST_F(CheckpointCheckTest, WhatIsWrongIsNamed) {
  Replace("config.json", "\"intermediate_size\": 160", "\"intermediate_size\": 168");
  EXPECT_NE(
      Failure("tensors").find("mlp.gate_proj.weight has shape [160, 64]; config.json asks for [168, 64]"),
      std::string::npos)
      << Failure("tensors");
  Replace("config.json", "\"hidden_size\"", "\"width\"");
  EXPECT_NE(Failure("config").find("hidden_size"), std::string::npos);
  Write("tokenizer.json", "{}");
  EXPECT_NE(Failure("tokenizer").find("tokenizer.json"), std::string::npos);
  fs::remove(folder_ / "chat_template.jinja");
  EXPECT_NE(Failure("template").find("chat_template.jinja"), std::string::npos);
}

TEST_F(CheckpointCheckTest, ValuesThatAreNotFiniteAreFoundWhenAskedFor) {
  std::string weights = Read("model.safetensors");
  weights[weights.size() - 2] = '\x80';  // the last bfloat16 becomes infinity
  weights[weights.size() - 1] = '\x7F';
  Write("model.safetensors", weights);
  EXPECT_EQ(Failure("values"), "");
  EXPECT_NE(Failure("values", {.values = true}).find("NaN or infinity"), std::string::npos);
  weights[weights.size() - 2] = '\x7F';  // the largest finite one
  Write("model.safetensors", weights);
  EXPECT_EQ(Failure("values", {.values = true}), "");
}

TEST_F(CheckpointCheckTest, TheTemplateIsComparedWhenAskedFor) {
  const std::string sha256 = Sha256OfFile((folder_ / "chat_template.jinja").string()).value();
  EXPECT_EQ(Failure("template", {.template_sha256 = sha256}), "");
  EXPECT_NE(Failure("template", {.template_sha256 = std::string(64, '0')}).find(sha256), std::string::npos);
}

TEST_F(CheckpointCheckTest, ListedChecksumsAreChecked) {
  const std::string config = Sha256OfFile((folder_ / "config.json").string()).value();
  const std::string weights = Sha256OfFile((folder_ / "model.safetensors").string()).value();
  Write("SHA256SUMS", config + "  config.json\n" + weights + " *model.safetensors\n");
  EXPECT_EQ(CheckSha256List(folder_.string()).value(), 2);
  LoadedModelOptions options;
  options.directory = folder_.string();
  EXPECT_TRUE(LoadedModel::Load(options));

  Write("SHA256SUMS", config + "  config.json\n" + config + "  model.safetensors\n");
  EXPECT_EQ(CheckSha256List(folder_.string()).error().part, "model.safetensors");
  const auto refused = LoadedModel::Load(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "model_invalid");
  EXPECT_EQ(refused.error().part, "model.safetensors");
  Write("SHA256SUMS", config + "  missing.bin\n");
  EXPECT_EQ(CheckSha256List(folder_.string()).error().part, "missing.bin");
  for (const std::string& line : {std::string("abc  config.json"), config + "  ../config.json", config}) {
    Write("SHA256SUMS", line + "\n");
    EXPECT_EQ(CheckSha256List(folder_.string()).error().part, "SHA256SUMS") << line;
  }
}

}  // namespace
}  // namespace vlr
