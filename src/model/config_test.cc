#include "model/config.h"

#include <gtest/gtest.h>

#include <string>

#include "base/file.h"

namespace vlr {
namespace {

constexpr char kGolden[] = VLR_TEST_DATA "/golden-a/model";

std::string GoldenText() {
  return ReadFile(std::string(kGolden) + "/config.json", 1 << 20).value();
}

// The golden config with one piece of its text replaced.
std::string With(std::string_view from, std::string_view to) {
  std::string text = GoldenText();
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The key that the refusal names.
std::string Refusal(const std::string& text) {
  const auto config = ParseConfig(text);
  if (config) return "taken";
  EXPECT_EQ(config.error().code, "model_invalid") << config.error().message;
  const std::string prefix = "config.json: ";
  EXPECT_TRUE(config.error().part.starts_with(prefix)) << config.error().part;
  return config.error().part.substr(prefix.size());
}

TEST(ConfigTest, ReadsEverythingFromTheFile) {
  const auto config = LoadConfig(kGolden);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->text.vocab_size, 2032);
  EXPECT_EQ(config->text.hidden_size, 64);
  EXPECT_EQ(config->text.intermediate_size, 160);
  EXPECT_EQ(config->text.num_layers, 4);
  EXPECT_EQ(config->text.num_heads, 4);
  EXPECT_EQ(config->text.num_kv_heads, 2);
  EXPECT_EQ(config->text.head_dim, 32);
  EXPECT_EQ(config->text.rms_norm_eps, 1e-6);
  EXPECT_EQ(config->text.rope_theta, 5e6);
  EXPECT_EQ(config->text.mrope_section, (std::array<std::int64_t, 3>{6, 5, 5}));
  EXPECT_TRUE(config->text.tie_word_embeddings);
  EXPECT_EQ(config->vision.depth, 4);
  EXPECT_EQ(config->vision.head_dim(), 12);
  EXPECT_EQ(config->vision.patch_values(), 1536);
  EXPECT_EQ(config->vision.merge_unit(), 4);
  EXPECT_EQ(config->vision.deepstack_visual_indexes, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(config->image_token_id, 2014);
  EXPECT_EQ(config->video_token_id, 2015);
}

TEST(ConfigTest, ReadsTheRopeLayoutOfTransformers5) {
  std::string text = With("\"rope_theta\": 5000000.0,", "");
  const std::string key = "\"rope_scaling\": {";
  text.replace(text.find(key), key.size(), "\"rope_parameters\": {\"rope_theta\": 10000.0,");
  const auto config = ParseConfig(text);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->text.rope_theta, 10000.0);
  EXPECT_EQ(config->text.mrope_section, (std::array<std::int64_t, 3>{6, 5, 5}));
}

TEST(ConfigTest, NamesTheKeyThatIsWrong) {
  EXPECT_EQ(Refusal(GoldenText()), "taken");
  EXPECT_EQ(Refusal(With("\"model_type\": \"qwen3_vl\"", "\"model_type\": \"llama\"")), "model_type");
  EXPECT_EQ(Refusal(With("Qwen3VLForConditionalGeneration", "LlamaForCausalLM")), "architectures");
  EXPECT_EQ(Refusal(With("\"text_config\"", "\"other\"")), "text_config");
  EXPECT_EQ(Refusal(With("\"vision_config\": {", "\"vision_config\": 3, \"x\": {")), "vision_config");
  EXPECT_EQ(Refusal(With("\"num_hidden_layers\": 4,", "")), "text_config.num_hidden_layers");
  EXPECT_EQ(Refusal(With("\"head_dim\": 32", "\"head_dim\": \"32\"")), "text_config.head_dim");
  EXPECT_EQ(Refusal(With("\"head_dim\": 32", "\"head_dim\": 33")), "text_config.head_dim");
  EXPECT_EQ(Refusal(With("\"head_dim\": 32", "\"head_dim\": 64")), "text_config.rope_scaling.mrope_section");
  EXPECT_EQ(Refusal(With("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3")),
            "text_config.num_key_value_heads");
  EXPECT_EQ(Refusal(With("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"")),
            "text_config.rope_scaling.rope_type");
  EXPECT_EQ(Refusal(With("\"mrope_interleaved\": true", "\"mrope_interleaved\": false")),
            "text_config.rope_scaling.mrope_interleaved");
  EXPECT_EQ(Refusal(With("\"hidden_act\": \"silu\"", "\"hidden_act\": \"relu\"")), "text_config.hidden_act");
  EXPECT_EQ(Refusal(With("gelu_pytorch_tanh", "gelu")), "vision_config.hidden_act");
  EXPECT_EQ(Refusal(With("\"num_heads\": 4", "\"num_heads\": 5")), "vision_config.num_heads");
  EXPECT_EQ(Refusal(With("\"out_hidden_size\": 64", "\"out_hidden_size\": 65")),
            "vision_config.out_hidden_size");
  EXPECT_EQ(Refusal(With("\"num_position_embeddings\": 2304", "\"num_position_embeddings\": 2305")),
            "vision_config.num_position_embeddings");
  EXPECT_EQ(Refusal(With("   2\n  ]", "   4\n  ]")), "vision_config.deepstack_visual_indexes[2]");
  EXPECT_EQ(Refusal(With("\"image_token_id\": 2014", "\"image_token_id\": 2032")), "image_token_id");
  EXPECT_EQ(Refusal(With("\"video_token_id\": 2015", "\"video_token_id\": 2014")), "video_token_id");
  EXPECT_EQ(Refusal(With("\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": -1")), "text_config.rms_norm_eps");
}

TEST(ConfigTest, RefusesWhatIsNoConfig) {
  EXPECT_EQ(ParseConfig("{").error().code, "invalid_json");
  EXPECT_EQ(ParseConfig("[]").error().code, "model_invalid");
  EXPECT_EQ(LoadConfig("/nonexistent").error().code, "file_missing");
}

}  // namespace
}  // namespace vlr
