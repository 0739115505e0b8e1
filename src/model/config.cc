#include "model/config.h"

#include <cmath>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/json.h"

namespace vlr {
namespace {

constexpr char kFile[] = "config.json";
constexpr char kArchitecture[] = "Qwen3VLForConditionalGeneration";
constexpr std::size_t kMaxConfigBytes = std::size_t{4} << 20;
// No released model comes near; keeps every product of two sizes far from overflow.
constexpr std::int64_t kMaxSize = std::int64_t{1} << 24;
constexpr std::int64_t kMaxLayers = 4096;

Error ConfigError(const std::string& key, const std::string& message) {
  return {"model_invalid", std::string(kFile) + ": " + key + " " + message, std::string(kFile) + ": " + key};
}

// Reads keys of one object and remembers the first thing wrong, so that a caller checks once at the end.
class Section {
 public:
  Section(std::optional<json::Value> object, std::string path, std::optional<Error>* error)
      : path_(std::move(path)), error_(error) {
    if (!object) {
      Fail("", "is missing");
    } else if (!object->IsObject()) {
      Fail("", "must be an object, not " + std::string(object->TypeName()));
    } else {
      object_ = object;
    }
  }

  Section Child(const std::string& key) const { return {Get(key), Path(key), error_}; }
  bool Has(std::string_view key) const {
    const auto value = Get(key);
    return value && !value->IsNull();
  }

  std::int64_t Size(const std::string& key, std::int64_t min = 1, std::int64_t max = kMaxSize) const {
    const auto value = Required(key);
    if (!value) return min;
    if (!value->IsInteger()) {
      return Fail(key, "must be an integer, not " + std::string(value->TypeName())), min;
    }
    const std::int64_t size = value->AsInteger();
    if (size < min || size > max) {
      Fail(key,
           "is " + std::to_string(size) + ", not within " + std::to_string(min) + "…" + std::to_string(max));
      return min;
    }
    return size;
  }

  double Positive(const std::string& key) const {
    const auto value = Required(key);
    if (!value) return 1;
    if (!value->IsNumber()) {
      return Fail(key, "must be a number, not " + std::string(value->TypeName())), 1;
    }
    if (!(value->AsNumber() > 0)) return Fail(key, "must be positive"), 1;
    return value->AsNumber();
  }

  std::string String(const std::string& key) const {
    const auto value = Required(key);
    if (!value) return {};
    if (!value->IsString()) {
      return Fail(key, "must be a string, not " + std::string(value->TypeName())), std::string();
    }
    return std::string(value->AsString());
  }

  bool Bool(const std::string& key, bool absent) const {
    if (!Has(key)) return absent;
    const auto value = Get(key);
    if (!value->IsBool()) {
      return Fail(key, "must be a boolean, not " + std::string(value->TypeName())), absent;
    }
    return value->AsBool();
  }

  std::vector<std::int64_t> Sizes(const std::string& key, std::int64_t max) const {
    std::vector<std::int64_t> sizes;
    const auto value = Required(key);
    if (!value) return sizes;
    if (!value->IsArray()) {
      return Fail(key, "must be an array, not " + std::string(value->TypeName())), sizes;
    }
    for (std::size_t i = 0; i < value->size(); ++i) {
      const json::Value element = (*value)[i];
      if (!element.IsInteger() || element.AsInteger() < 0 || element.AsInteger() > max) {
        Fail(key + "[" + std::to_string(i) + "]", "must be an integer within 0…" + std::to_string(max));
        return {};
      }
      sizes.push_back(element.AsInteger());
    }
    return sizes;
  }

  // A setting of which only one value is implemented.
  void Only(const std::string& key, const std::string& expected) const {
    const std::string actual = String(key);
    if (actual != expected) Fail(key, "is \"" + actual + "\"; only \"" + expected + "\" is supported");
  }

  void Fail(const std::string& key, const std::string& message) const {
    if (!*error_) *error_ = ConfigError(Path(key), message);
  }

 private:
  std::string Path(std::string_view key) const {
    if (path_.empty()) return std::string(key);
    return key.empty() ? path_ : path_ + "." + std::string(key);
  }
  std::optional<json::Value> Get(std::string_view key) const {
    return object_ ? object_->Find(key) : std::nullopt;
  }
  std::optional<json::Value> Required(const std::string& key) const {
    auto value = Get(key);
    if (!value) Fail(key, "is missing");
    return value;
  }

  std::optional<json::Value> object_;
  std::string path_;
  std::optional<Error>* error_;
};

// 4.57 writes rope_theta beside rope_scaling; 5.x writes both into rope_parameters.
void ReadRope(const Section& section, TextConfig& text) {
  const bool newer = section.Has("rope_parameters");
  const Section rope = section.Child(newer ? "rope_parameters" : "rope_scaling");
  text.rope_theta = (newer && rope.Has("rope_theta") ? rope : section).Positive("rope_theta");
  const std::string type_key = rope.Has("rope_type") || !rope.Has("type") ? "rope_type" : "type";
  if (rope.Has(type_key)) rope.Only(type_key, "default");
  if (!rope.Bool("mrope_interleaved", true)) rope.Fail("mrope_interleaved", "must be true");
  for (const Section& holder : {section, rope}) {
    if (holder.Has("partial_rotary_factor") && holder.Positive("partial_rotary_factor") != 1) {
      holder.Fail("partial_rotary_factor", "must be 1");
    }
  }
  const auto sections = rope.Sizes("mrope_section", kMaxSize);
  if (sections.size() != 3 || sections[0] + sections[1] + sections[2] != text.head_dim / 2) {
    rope.Fail("mrope_section",
              "must be three numbers that sum to head_dim / 2 = " + std::to_string(text.head_dim / 2));
    return;
  }
  std::copy(sections.begin(), sections.end(), text.mrope_section.begin());
}

TextConfig ReadText(const Section& section, bool tied) {
  TextConfig text;
  text.vocab_size = section.Size("vocab_size", 1, std::int64_t{1} << 31);
  text.hidden_size = section.Size("hidden_size");
  text.intermediate_size = section.Size("intermediate_size");
  text.num_layers = section.Size("num_hidden_layers", 1, kMaxLayers);
  text.num_heads = section.Size("num_attention_heads");
  text.num_kv_heads = section.Size("num_key_value_heads");
  text.head_dim = section.Size("head_dim", 2);
  text.rms_norm_eps = section.Positive("rms_norm_eps");
  text.attention_bias = section.Bool("attention_bias", false);
  text.tie_word_embeddings = section.Bool("tie_word_embeddings", tied);
  section.Only("hidden_act", "silu");
  if (text.head_dim % 2 != 0) section.Fail("head_dim", "must be even");
  if (text.num_heads % text.num_kv_heads != 0) {
    section.Fail("num_key_value_heads", "must divide num_attention_heads");
  }
  ReadRope(section, text);
  return text;
}

VisionConfig ReadVision(const Section& section, const TextConfig& text) {
  VisionConfig vision;
  vision.depth = section.Size("depth", 1, kMaxLayers);
  vision.hidden_size = section.Size("hidden_size");
  vision.intermediate_size = section.Size("intermediate_size");
  vision.num_heads = section.Size("num_heads");
  vision.in_channels = section.Size("in_channels", 3, 3);
  vision.patch_size = section.Size("patch_size", 1, 1024);
  vision.temporal_patch_size = section.Size("temporal_patch_size", 1, 64);
  vision.spatial_merge_size = section.Size("spatial_merge_size", 1, 64);
  vision.out_hidden_size = section.Size("out_hidden_size");
  vision.num_position_embeddings = section.Size("num_position_embeddings");
  vision.deepstack_visual_indexes = section.Sizes("deepstack_visual_indexes", vision.depth - 1);
  section.Only("hidden_act", "gelu_pytorch_tanh");
  if (vision.hidden_size % vision.num_heads != 0 || vision.head_dim() % 4 != 0) {
    section.Fail("num_heads", "must divide hidden_size into heads of a multiple of 4");
  }
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(vision.num_position_embeddings)));
  if (side * side != vision.num_position_embeddings) {
    section.Fail("num_position_embeddings", "must be a square");
  }
  if (vision.out_hidden_size != text.hidden_size) {
    section.Fail("out_hidden_size", "must equal text_config.hidden_size");
  }
  return vision;
}

}  // namespace

Result<ModelConfig> ParseConfig(std::string_view text) {
  const auto document = json::Document::Parse(text, {.max_bytes = kMaxConfigBytes});
  if (!document)
    return Error(document.error().code, std::string(kFile) + ": " + document.error().message, kFile);
  std::optional<Error> error;
  const Section root(document->root(), "", &error);
  root.Only("model_type", "qwen3_vl");
  if (root.Has("architectures")) {
    const json::Value names = *document->root().Find("architectures");
    bool known = false;
    for (std::size_t i = 0; names.IsArray() && i < names.size(); ++i) {
      known = known || (names[i].IsString() && names[i].AsString() == kArchitecture);
    }
    if (!known) root.Fail("architectures", std::string("must list ") + kArchitecture);
  }
  ModelConfig config;
  const bool tied = root.Bool("tie_word_embeddings", false);
  config.text = ReadText(root.Child("text_config"), tied);
  config.vision = ReadVision(root.Child("vision_config"), config.text);
  const auto token = [&](const char* key) {
    return static_cast<std::int32_t>(root.Size(key, 0, config.text.vocab_size - 1));
  };
  config.image_token_id = token("image_token_id");
  config.video_token_id = token("video_token_id");
  config.vision_start_token_id = token("vision_start_token_id");
  config.vision_end_token_id = token("vision_end_token_id");
  if (config.image_token_id == config.video_token_id)
    root.Fail("video_token_id", "must differ from image_token_id");
  if (error) return *error;
  return config;
}

Result<ModelConfig> LoadConfig(const std::string& directory) {
  const auto text = ReadFile(directory + "/" + kFile, kMaxConfigBytes);
  if (!text) return text.error();
  return ParseConfig(*text);
}

}  // namespace vlr
