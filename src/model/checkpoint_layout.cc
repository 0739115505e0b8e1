#include "model/checkpoint_layout.h"

#include <functional>
#include <numeric>
#include <utility>

namespace vlr {
namespace {

class Layout {
 public:
  void Add(std::string name, std::vector<std::int64_t> shape) {
    specs_.push_back({std::move(name), std::move(shape)});
  }
  void WithBias(const std::string& name, std::vector<std::int64_t> shape) {
    const std::int64_t rows = shape.front();
    Add(name + ".weight", std::move(shape));
    Add(name + ".bias", {rows});
  }
  std::vector<TensorSpec> Take() { return std::move(specs_); }

 private:
  std::vector<TensorSpec> specs_;
};

void AddDecoderLayer(const TextConfig& text, const std::string& name, Layout* layout) {
  const std::int64_t query = text.num_heads * text.head_dim;
  const std::int64_t key = text.num_kv_heads * text.head_dim;
  const std::pair<const char*, std::vector<std::int64_t>> projections[] = {
      {"q_proj", {query, text.hidden_size}},
      {"k_proj", {key, text.hidden_size}},
      {"v_proj", {key, text.hidden_size}},
      {"o_proj", {text.hidden_size, query}}};
  layout->Add(name + "input_layernorm.weight", {text.hidden_size});
  layout->Add(name + "post_attention_layernorm.weight", {text.hidden_size});
  layout->Add(name + "self_attn.q_norm.weight", {text.head_dim});
  layout->Add(name + "self_attn.k_norm.weight", {text.head_dim});
  for (const auto& [projection, shape] : projections) {
    if (text.attention_bias) {
      layout->WithBias(name + "self_attn." + projection, shape);
    } else {
      layout->Add(name + "self_attn." + projection + ".weight", shape);
    }
  }
  layout->Add(name + "mlp.gate_proj.weight", {text.intermediate_size, text.hidden_size});
  layout->Add(name + "mlp.up_proj.weight", {text.intermediate_size, text.hidden_size});
  layout->Add(name + "mlp.down_proj.weight", {text.hidden_size, text.intermediate_size});
}

void AddMerger(const VisionConfig& vision, const std::string& name, bool norm_after_merge, Layout* layout) {
  const std::int64_t merged = vision.hidden_size * vision.merge_unit();
  layout->WithBias(name + "norm", {norm_after_merge ? merged : vision.hidden_size});
  layout->WithBias(name + "linear_fc1", {merged, merged});
  layout->WithBias(name + "linear_fc2", {vision.out_hidden_size, merged});
}

void AddVision(const VisionConfig& vision, Layout* layout) {
  const std::string root = "model.visual.";
  const std::int64_t hidden = vision.hidden_size;
  layout->WithBias(root + "patch_embed.proj", {hidden, vision.in_channels, vision.temporal_patch_size,
                                               vision.patch_size, vision.patch_size});
  layout->Add(root + "pos_embed.weight", {vision.num_position_embeddings, hidden});
  for (std::int64_t i = 0; i < vision.depth; ++i) {
    const std::string name = root + "blocks." + std::to_string(i) + ".";
    layout->WithBias(name + "norm1", {hidden});
    layout->WithBias(name + "norm2", {hidden});
    layout->WithBias(name + "attn.qkv", {3 * hidden, hidden});
    layout->WithBias(name + "attn.proj", {hidden, hidden});
    layout->WithBias(name + "mlp.linear_fc1", {vision.intermediate_size, hidden});
    layout->WithBias(name + "mlp.linear_fc2", {hidden, vision.intermediate_size});
  }
  AddMerger(vision, root + "merger.", false, layout);
  for (std::size_t i = 0; i < vision.deepstack_visual_indexes.size(); ++i) {
    AddMerger(vision, root + "deepstack_merger_list." + std::to_string(i) + ".", true, layout);
  }
}

}  // namespace

std::int64_t TensorSpec::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<TensorSpec> CheckpointLayout(const ModelConfig& config) {
  Layout layout;
  const TextConfig& text = config.text;
  layout.Add("model.language_model.embed_tokens.weight", {text.vocab_size, text.hidden_size});
  for (std::int64_t i = 0; i < text.num_layers; ++i) {
    AddDecoderLayer(text, "model.language_model.layers." + std::to_string(i) + ".", &layout);
  }
  layout.Add("model.language_model.norm.weight", {text.hidden_size});
  AddVision(config.vision, &layout);
  if (!text.tie_word_embeddings) layout.Add("lm_head.weight", {text.vocab_size, text.hidden_size});
  return layout.Take();
}

}  // namespace vlr
