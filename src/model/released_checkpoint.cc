#include "model/released_checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "model/checkpoint_layout.h"

namespace vlr::testing {
namespace {

constexpr std::int64_t kShardBytes = std::int64_t{5'000'000'000};  // at most, as released

std::string ConfigOf(const Release& r) {
  const auto n = [](std::int64_t value) { return std::to_string(value); };
  const std::string tied = r.tied ? "true" : "false";
  const std::string taps = n(r.taps[0]) + "," + n(r.taps[1]) + "," + n(r.taps[2]);
  return R"({"architectures":["Qwen3VLForConditionalGeneration"],"model_type":"qwen3_vl","image_token_id":151655,)"
         R"("video_token_id":151656,"vision_start_token_id":151652,"vision_end_token_id":151653,"tie_word_embeddings":)" +
         tied +
         R"(,"text_config":{"model_type":"qwen3_vl_text","vocab_size":151936,"hidden_act":"silu","rms_norm_eps":1e-06,)"
         R"("rope_theta":5000000,"attention_bias":false,"attention_dropout":0.0,"max_position_embeddings":262144,)"
         R"("rope_scaling":{"rope_type":"default","mrope_interleaved":true,"mrope_section":[24,20,20]},"dtype":"bfloat16",)"
         R"("tie_word_embeddings":)" +
         tied + R"(,"head_dim":128,"hidden_size":)" + n(r.hidden) + R"(,"intermediate_size":)" +
         n(r.intermediate) + R"(,"num_hidden_layers":)" + n(r.layers) + R"(,"num_attention_heads":)" +
         n(r.heads) + R"(,"num_key_value_heads":)" + n(r.key_heads) +
         R"(},"vision_config":{"model_type":"qwen3_vl","hidden_act":"gelu_pytorch_tanh","in_channels":3,"patch_size":16,)"
         R"("temporal_patch_size":2,"spatial_merge_size":2,"num_heads":16,"num_position_embeddings":2304,"depth":)" +
         n(r.depth) + R"(,"hidden_size":)" + n(r.vision_hidden) + R"(,"intermediate_size":)" +
         n(r.vision_intermediate) + R"(,"out_hidden_size":)" + n(r.hidden) +
         R"(,"deepstack_visual_indexes":[)" + taps + "]}}";
}

// Written down anew, so that it does not follow a mistake of CheckpointLayout.
std::vector<TensorSpec> TensorsOf(const Release& r) {
  std::vector<TensorSpec> tensors;
  const auto both = [&](const std::string& name, std::vector<std::int64_t> shape) {
    tensors.push_back({name + ".bias", {shape[0]}});
    tensors.push_back({name + ".weight", std::move(shape)});
  };
  const std::int64_t h = r.hidden;
  const std::int64_t v = r.vision_hidden;
  if (!r.tied) tensors.push_back({"lm_head.weight", {151936, h}});
  tensors.push_back({"model.language_model.embed_tokens.weight", {151936, h}});
  tensors.push_back({"model.language_model.norm.weight", {h}});
  for (std::int64_t i = 0; i < r.layers; ++i) {
    const std::string layer = "model.language_model.layers." + std::to_string(i) + ".";
    tensors.push_back({layer + "input_layernorm.weight", {h}});
    tensors.push_back({layer + "mlp.down_proj.weight", {h, r.intermediate}});
    tensors.push_back({layer + "mlp.gate_proj.weight", {r.intermediate, h}});
    tensors.push_back({layer + "mlp.up_proj.weight", {r.intermediate, h}});
    tensors.push_back({layer + "post_attention_layernorm.weight", {h}});
    tensors.push_back({layer + "self_attn.k_norm.weight", {128}});
    tensors.push_back({layer + "self_attn.k_proj.weight", {r.key_heads * 128, h}});
    tensors.push_back({layer + "self_attn.o_proj.weight", {h, r.heads * 128}});
    tensors.push_back({layer + "self_attn.q_norm.weight", {128}});
    tensors.push_back({layer + "self_attn.q_proj.weight", {r.heads * 128, h}});
    tensors.push_back({layer + "self_attn.v_proj.weight", {r.key_heads * 128, h}});
  }
  both("model.visual.patch_embed.proj", {v, 3, 2, 16, 16});
  tensors.push_back({"model.visual.pos_embed.weight", {2304, v}});
  for (std::int64_t i = 0; i < r.depth; ++i) {
    const std::string block = "model.visual.blocks." + std::to_string(i) + ".";
    both(block + "attn.proj", {v, v});
    both(block + "attn.qkv", {3 * v, v});
    both(block + "mlp.linear_fc1", {r.vision_intermediate, v});
    both(block + "mlp.linear_fc2", {v, r.vision_intermediate});
    both(block + "norm1", {v});
    both(block + "norm2", {v});
  }
  for (const char* merger :
       {"merger", "deepstack_merger_list.0", "deepstack_merger_list.1", "deepstack_merger_list.2"}) {
    const std::string name = std::string("model.visual.") + merger + ".";
    both(name + "linear_fc1", {4 * v, 4 * v});
    both(name + "linear_fc2", {h, 4 * v});
    both(name + "norm", {name.find("list") == std::string::npos ? v : 4 * v});
  }
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return tensors;
}

// A shard with that header; its data are one hole.
void WriteShard(const std::filesystem::path& path, std::string header, std::int64_t data_bytes) {
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const auto length = static_cast<std::uint64_t>(header.size());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof(length));
  out << header;
  out.close();
  std::filesystem::resize_file(path, sizeof(length) + header.size() + static_cast<std::uint64_t>(data_bytes));
}

void WriteText(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

Release Released2B() {
  return {"2B", "2b", 2'127'532'032, true, 2048, 6144, 28, 16, 8, 24, 1024, 4096, {5, 11, 17}};
}
Release Released8B() {
  return {"8B", "8b", 8'767'123'696, false, 4096, 12288, 36, 32, 8, 27, 1152, 4304, {8, 16, 24}};
}

std::int64_t WriteCheckpoint(const Release& release, const std::string& directory) {
  const std::filesystem::path folder(directory);
  const std::vector<TensorSpec> tensors = TensorsOf(release);
  std::vector<std::string> headers(1, "{");
  std::vector<std::int64_t> sizes(1, 0);
  std::vector<std::size_t> shard_of;
  std::int64_t parameters = 0;
  for (const TensorSpec& tensor : tensors) {
    const std::int64_t bytes = 2 * tensor.elements();
    if (sizes.back() + bytes > kShardBytes) {
      headers.emplace_back("{");
      sizes.push_back(0);
    }
    std::string shape;
    for (const std::int64_t extent : tensor.shape)
      shape += (shape.empty() ? "" : ",") + std::to_string(extent);
    std::string& header = headers.back();
    header += (header.size() > 1 ? ",\"" : "\"") + tensor.name + R"(":{"dtype":"BF16","shape":[)" + shape +
              R"(],"data_offsets":[)" + std::to_string(sizes.back()) + "," +
              std::to_string(sizes.back() + bytes) + "]}";
    sizes.back() += bytes;
    shard_of.push_back(headers.size() - 1);
    parameters += tensor.elements();
  }
  const auto name_of = [&](std::size_t shard) {
    if (headers.size() == 1) return std::string("model.safetensors");
    return "model-0000" + std::to_string(shard + 1) + "-of-0000" + std::to_string(headers.size()) +
           ".safetensors";
  };
  std::string index =
      R"({"metadata":{"total_size":)" + std::to_string(2 * parameters) + R"(},"weight_map":{)";
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    index += (i == 0 ? "\"" : ",\"") + tensors[i].name + "\":\"" + name_of(shard_of[i]) + "\"";
  }
  if (headers.size() > 1) WriteText(folder / "model.safetensors.index.json", index + "}}");
  for (std::size_t i = 0; i < headers.size(); ++i) {
    WriteShard(folder / name_of(i), headers[i], sizes[i]);
  }
  WriteText(folder / "config.json", ConfigOf(release));
  return parameters;
}

}  // namespace vlr::testing
