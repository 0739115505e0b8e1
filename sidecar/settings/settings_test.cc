#include "sidecar/settings/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "sidecar/settings/bindings.h"

namespace vlr {
namespace {

std::string WriteFile(const std::string& text) {
  // Tests may run side by side, each in a process of its own.
  static const struct File {
    std::string path = testing::TempDir() + "/settings_test_" + std::to_string(::getpid()) + ".yaml";
    ~File() { std::filesystem::remove(path); }
  } file;
  std::ofstream(file.path) << text;
  return file.path;
}

std::string MessageOf(const Result<Settings>& settings) {
  return settings ? "" : settings.error().message;
}

TEST(SettingsTest, LastSourceWins) {
  const std::string file =
      WriteFile("server: {port: 1, host: 0.0.0.0}\nstorage: {s3: {allowed_buckets: [a, b]}}\n");
  const auto settings = LoadSettings(file,
                                     {{"VL_RERANK_SERVER__PORT", "2"},
                                      {"VL_RERANK_STORAGE__S3__ENDPOINT", "http://x"},
                                      {"VL_RERANK_CACHE", "/c"}},
                                     {"model.max_pixels=5000", "storage.s3.path_style=true"});
  ASSERT_TRUE(settings) << MessageOf(settings);
  EXPECT_EQ(settings->server.port, 2);
  EXPECT_EQ(settings->server.host, "0.0.0.0");
  EXPECT_EQ(settings->storage.s3.endpoint, "http://x");
  EXPECT_EQ(settings->storage.s3.allowed_buckets, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(settings->storage.s3.path_style, true);
  EXPECT_EQ(settings->model.max_pixels, 5000);
}

TEST(SettingsTest, UnknownKeySuggestsTheNearest) {
  EXPECT_EQ(MessageOf(LoadSettings("", {}, {"server.prot=1"})),
            "--set: unknown setting server.prot; did you mean server.port?");
  const std::string file = WriteFile("storage:\n  s3:\n    endpont: x\n");
  EXPECT_NE(MessageOf(LoadSettings(file, {}, {})).find("did you mean storage.s3.endpoint?"),
            std::string::npos);
  EXPECT_NE(MessageOf(LoadSettings("", {{"VL_RERANK_SERVER__HOSTS", "x"}}, {})).find("server.host"),
            std::string::npos);
}

TEST(SettingsTest, WrongValuesNameTheKeyAndWhatIsExpected) {
  EXPECT_EQ(MessageOf(LoadSettings("", {}, {"server.port=99999"})),
            "--set: server.port must be a whole number of at least 0 and at most 65535");
  EXPECT_NE(MessageOf(LoadSettings("", {}, {"server.port=abc"})).find("server.port"), std::string::npos);
  EXPECT_NE(MessageOf(LoadSettings("", {}, {"model.dtype=int3"})).find("float32, bfloat16, fp8, int8"),
            std::string::npos);
  EXPECT_NE(MessageOf(LoadSettings("", {}, {"server=1"})).find("unknown setting server"), std::string::npos);
  EXPECT_NE(MessageOf(LoadSettings(WriteFile("server: 3\n"), {}, {})).find("mapping"), std::string::npos);
  EXPECT_NE(MessageOf(LoadSettings(WriteFile("server: [\n"), {}, {})), "");
  EXPECT_NE(MessageOf(LoadSettings("", {}, {"noequals"})).find("key=value"), std::string::npos);
  EXPECT_NE(MessageOf(LoadSettings("", {}, {"model.min_pixels=9000", "model.max_pixels=5000"})), "");
  const auto missing = LoadSettings("/nonexistent.yaml", {}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "file_missing");
}

TEST(SettingsTest, KeysAreReadAndWrongOnesAreNamed) {
  const std::string hash = "sha256:" + std::string(64, 'a');
  const auto settings = LoadSettings("", {},
                                     {"server.auth.keys=[{name: a, role: admin, hash: '" + hash +
                                      "', requests_per_s: 2.5, max_concurrent: 3}]"});
  ASSERT_TRUE(settings) << MessageOf(settings);
  ASSERT_EQ(settings->server.keys.size(), 1U);
  EXPECT_EQ(settings->server.keys[0].name, "a");
  EXPECT_EQ(settings->server.keys[0].role, auth::Role::kAdmin);
  EXPECT_EQ(auth::ToText(settings->server.keys[0].hash), hash);
  EXPECT_EQ(settings->server.keys[0].requests_per_s, 2.5);
  EXPECT_EQ(settings->server.keys[0].max_concurrent, 3);
  const auto complaint = [&](const std::string& keys) {
    return MessageOf(LoadSettings("", {}, {"server.auth.keys=" + keys}));
  };
  EXPECT_NE(complaint("x").find("server.auth.keys must be a list"), std::string::npos);
  EXPECT_NE(complaint("[{name: a, role: boss, hash: '" + hash + "'}]").find("role"), std::string::npos);
  EXPECT_NE(complaint("[{name: a, hash: '" + hash + "'}]").find("role"), std::string::npos);
  EXPECT_NE(complaint("[{name: a, role: score, hash: secret}]").find("sha256:"), std::string::npos);
  EXPECT_EQ(complaint("[{name: a, role: score, hash: secret}]").find("secret"), std::string::npos);
  EXPECT_NE(complaint("[{name: a, role: score, hash: '" + hash + "', rate: 1}]").find("not rate"),
            std::string::npos);
  EXPECT_NE(complaint("[{name: A B, role: score, hash: '" + hash + "'}]").find("named by"),
            std::string::npos);
  const std::string one = "{name: a, role: score, hash: '" + hash + "'}";
  EXPECT_NE(complaint("[" + one + ", " + one + "]").find("twice"), std::string::npos);
}

TEST(SettingsTest, TlsFilesGoTogether) {
  EXPECT_NE(MessageOf(LoadSettings("", {}, {"server.tls.certificate_file=x"})).find("server.tls.key_file"),
            std::string::npos);
  EXPECT_NE(
      MessageOf(LoadSettings("", {}, {"server.tls.client_ca_file=x"})).find("server.tls.client_ca_file"),
      std::string::npos);
}

TEST(SettingsTest, WhatWasGivenIsTold) {
  std::map<std::string, std::string> given;
  ASSERT_TRUE(
      LoadSettings(WriteFile("server: {port: 1}\n"), {}, {"server.port=2", "log.level=debug"}, &given));
  EXPECT_EQ(given, (std::map<std::string, std::string>{{"server.port", "2"}, {"log.level", "debug"}}));
}

void Collect(const std::string& prefix, const YAML::Node& node, std::set<std::string>* keys) {
  for (const auto& member : node) {
    const std::string key = prefix + member.first.Scalar();
    if (member.second.IsMap()) {
      Collect(key + ".", member.second, keys);
    } else {
      keys->insert(key);
    }
  }
}

TEST(SettingsTest, TheShippedFileListsEveryKeyWithItsDefault) {
  const std::string path = std::string(VLR_SOURCE_DIR) + "/configs/sidecar.yaml";
  std::set<std::string> listed;
  Collect("", YAML::LoadFile(path), &listed);
  const auto known = SettingKeys();
  EXPECT_EQ(listed, std::set<std::string>(known.begin(), known.end()));
  const auto shipped = LoadSettings(path, {}, {});
  ASSERT_TRUE(shipped) << MessageOf(shipped);
  const Settings defaults;
  EXPECT_EQ(shipped->server.max_body_bytes, defaults.server.max_body_bytes);
  EXPECT_EQ(shipped->model.max_pixels, defaults.model.max_pixels);
  EXPECT_EQ(shipped->model.min_pixels, defaults.model.min_pixels);
  EXPECT_EQ(shipped->model.total_pixels, defaults.model.total_pixels);
  EXPECT_EQ(shipped->scheduler.batch_tokens, defaults.scheduler.batch_tokens);
  EXPECT_EQ(shipped->media.limits.max_output_bytes, defaults.media.limits.max_output_bytes);
  EXPECT_EQ(shipped->storage.cache_bytes, defaults.storage.cache_bytes);
  EXPECT_EQ(shipped->storage.s3.path_style, defaults.storage.s3.path_style);
  EXPECT_EQ(shipped->storage.total_timeout, defaults.storage.total_timeout);
}

}  // namespace
}  // namespace vlr
