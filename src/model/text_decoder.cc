#include "model/text_decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <string>

#include "model/upload.h"

namespace vlr {
namespace {

const std::string kRoot = "model.language_model.";

// Frequency i turns with the row if i % 3 == 1 and i < 3 · rows, with the column if i % 3 == 2 and i < 3 ·
// columns, else with time.
std::vector<std::int64_t> RotaryAxes(const TextConfig& config) {
  std::vector<std::int64_t> axes(static_cast<std::size_t>(config.head_dim / 2), 0);
  for (std::size_t axis = 1; axis < 3; ++axis) {
    const auto end = static_cast<std::size_t>(3 * config.mrope_section[axis]);
    for (std::size_t i = axis; i < end && i < axes.size(); i += 3) axes[i] = static_cast<std::int64_t>(axis);
  }
  return axes;
}

}  // namespace

const at::Tensor& TextDecoder::Residual::Settled() {
  if (delta.defined()) hidden.add_(delta);
  delta.reset();
  return hidden;
}

TextDecoder::TextDecoder(const TextConfig& config, WeightLoader& loader, at::TensorOptions options,
                         const Kernels& kernels, WeightFormat format, const Room& room)
    : config_(config),
      options_(options),
      kernels_(kernels),
      max_rows_(std::max<std::int64_t>(1, room.max_rows)) {
  embedding_ = loader.TakeStored(kRoot + "embed_tokens.weight", {config.vocab_size, config.hidden_size},
                                 room.embedding ? options.device() : at::Device(at::kCPU));
  LoadLayers(loader, format, room.layer_bytes);
  final_norm_ = loader.Take(kRoot + "norm.weight", {config.hidden_size});

  const at::Tensor exponents =
      at::arange(0, config.head_dim, 2, at::TensorOptions(at::kLong)).to(at::kFloat) / config.head_dim;
  rotary_frequencies_ = (1.0 / at::pow(at::Scalar(config.rope_theta), exponents)).to(options.device());
  rotary_axis_ = at::tensor(RotaryAxes(config)).to(options.device());
}

void TextDecoder::LoadLayers(WeightLoader& loader, WeightFormat format, std::int64_t layer_bytes) {
  const std::int64_t count = config_.num_layers;
  std::int64_t streamed = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Layer layer = LoadLayer(loader, kRoot + "layers." + std::to_string(i) + ".", format);
    if (loader.error()) return;
    std::vector<at::Tensor*> weights;
    std::int64_t bytes = 0;
    for (Linear* linear : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      for (at::Tensor* tensor : {&linear->weight, &linear->scales}) {
        if (!tensor->defined()) continue;
        weights.push_back(tensor);
        bytes += static_cast<std::int64_t>(tensor->nbytes());
      }
    }
    if (i == 0 && layer_bytes > 0 && bytes * count > layer_bytes) {
      stream_.emplace(options_.device());
      streamed = std::clamp<std::int64_t>(count + LayerStream::kPlaces - layer_bytes / bytes, 1, count);
    }
    if ((i + 1) * streamed / count > i * streamed / count) layer.group = stream_->Add(weights);
    layers_.push_back(std::move(layer));
  }
}

TextDecoder::Layer TextDecoder::LoadLayer(WeightLoader& loader, const std::string& name,
                                          WeightFormat format) const {
  const std::int64_t hidden = config_.hidden_size;
  const std::int64_t query = config_.num_heads * config_.head_dim;
  const std::int64_t key = config_.num_kv_heads * config_.head_dim;
  const std::int64_t inner = config_.intermediate_size;
  const std::string attention = name + "self_attn.";
  const std::string mlp = name + "mlp.";
  const auto fused = [&](const std::vector<std::string>& parts, const char* kind,
                         const std::vector<std::vector<std::int64_t>>& shapes) {
    std::vector<std::string> names;
    for (const std::string& part : parts) names.push_back(part + kind);
    return loader.TakeFused(names, shapes);
  };
  const std::vector<std::string> qkv = {attention + "q_proj.", attention + "k_proj.", attention + "v_proj."};
  at::Tensor qkv_bias, output_bias;
  if (config_.attention_bias) {
    qkv_bias = fused(qkv, "bias", {{query}, {key}, {key}});
    output_bias = loader.Take(attention + "o_proj.bias", {hidden});
  }
  return {
      .input_norm = loader.Take(name + "input_layernorm.weight", {hidden}),
      .post_attention_norm = loader.Take(name + "post_attention_layernorm.weight", {hidden}),
      .query_norm = loader.Take(attention + "q_norm.weight", {config_.head_dim}),
      .key_norm = loader.Take(attention + "k_norm.weight", {config_.head_dim}),
      .qkv = loader.Packed(fused(qkv, "weight", {{query, hidden}, {key, hidden}, {key, hidden}}), qkv_bias,
                           format),
      .output = loader.Packed(loader.Take(attention + "o_proj.weight", {hidden, query}), output_bias, format),
      .gate_up = loader.Packed(
          fused({mlp + "gate_proj.", mlp + "up_proj."}, "weight", {{inner, hidden}, {inner, hidden}}), {},
          format),
      .down = loader.Packed(loader.Take(mlp + "down_proj.weight", {hidden, inner}), {}, format),
  };
}

TextDecoder::Angles TextDecoder::RotaryAngles(const std::vector<std::int64_t>& positions) const {
  const at::Tensor by_axis = Upload(at::tensor(positions), options_.device()).view({3, -1}).to(at::kFloat);
  // [head_dim / 2, T]: each frequency times the position on its axis, then one row a token.
  const at::Tensor angles =
      (by_axis.index_select(0, rotary_axis_) * rotary_frequencies_.unsqueeze(1)).t().contiguous();
  return {angles.cos().to(options_.dtype()), angles.sin().to(options_.dtype())};
}

// Some heads of fused rows, [n, count, head_dim]: a view.
at::Tensor TextDecoder::Heads(const at::Tensor& rows, std::int64_t first_head, std::int64_t count) const {
  return rows.narrow(1, first_head * config_.head_dim, count * config_.head_dim)
      .unflatten(1, {count, config_.head_dim});
}

// Keys and values as the sequences see them, one sequence after the other.
at::Tensor TextDecoder::Seen(const at::Tensor& rows, const at::Tensor& key_rows) const {
  return key_rows.defined() ? kernels_.GatherRows(rows, key_rows) : rows;
}

void TextDecoder::Mlp(const Layer& layer, Residual& rows) const {
  const Rows x = kernels_.AddRmsNorm(rows.hidden, rows.delta, layer.post_attention_norm, config_.rms_norm_eps,
                                     layer.gate_up.input);
  const auto run = [&](const Rows& part, const at::Tensor& hidden) {
    return kernels_.LinearOnto(
        layer.down, kernels_.SwiGluInFormat(kernels_.Apply(layer.gate_up, part), layer.down.input), hidden);
  };
  const std::int64_t count = rows.hidden.size(0);
  if (count <= max_rows_) {
    rows.delta = run(x, rows.hidden);
    return;
  }
  rows.delta.reset();
  for (std::int64_t begin = 0; begin < count; begin += max_rows_) {
    const std::int64_t length = std::min(max_rows_, count - begin);
    at::Tensor hidden = rows.hidden.narrow(0, begin, length);
    const at::Tensor delta = run(Part(x, begin, length), hidden);
    if (delta.defined()) hidden.add_(delta);
  }
}

at::Tensor TextDecoder::Index(const std::vector<std::int64_t>& rows) const {
  return Upload(at::tensor(rows), options_.device());
}

TextDecoder::Layout TextDecoder::LayOut(const PackedBatch& batch) const {
  Layout layout{.angles = RotaryAngles(batch.positions),
                .bounds = {batch.query_offsets, batch.query_offsets},
                .key_rows = {},
                .last_rows = Index(batch.last_rows),
                .last_bounds = {{0}, {0}},
                .last_key_rows = {}};
  const bool shares = !batch.key_rows.empty();
  if (shares) layout.bounds.key = batch.key_offsets;
  std::vector<std::int64_t> last_key_rows;
  for (std::size_t i = 0; i + 1 < batch.query_offsets.size(); ++i) {
    const std::size_t input = layout.last_bounds.query.size() - 1;
    if (batch.last_rows[input] != batch.query_offsets[i + 1] - 1) continue;  // a prefix
    const std::int64_t begin = layout.bounds.key[i];
    const std::int64_t end = layout.bounds.key[i + 1];
    if (shares) {
      last_key_rows.insert(last_key_rows.end(), batch.key_rows.begin() + begin, batch.key_rows.begin() + end);
    }
    layout.last_bounds.query.push_back(static_cast<std::int64_t>(input) + 1);
    layout.last_bounds.key.push_back(layout.last_bounds.key.back() + end - begin);
  }
  if (shares) {
    layout.key_rows = Index(batch.key_rows);
    layout.last_key_rows = Index(last_key_rows);
  }
  kernels_.Prepare(layout.bounds);
  kernels_.Prepare(layout.last_bounds);
  return layout;
}

void TextDecoder::RunLayer(const Layer& layer, Residual& rows, const Layout& layout) const {
  const at::Tensor qkv = kernels_.Apply(
      layer.qkv,
      kernels_.AddRmsNorm(rows.hidden, rows.delta, layer.input_norm, config_.rms_norm_eps, layer.qkv.input));
  kernels_.NormRotateFused(qkv, config_.num_heads, config_.num_kv_heads, layer.query_norm, layer.key_norm,
                           config_.rms_norm_eps, layout.angles.cos, layout.angles.sin);
  const std::int64_t queries = config_.num_heads * config_.head_dim;
  const at::Tensor kv = Seen(qkv.narrow(1, queries, qkv.size(1) - queries), layout.key_rows);
  const at::Tensor attended =
      kernels_.Attention(Heads(qkv, 0, config_.num_heads), Heads(kv, 0, config_.num_kv_heads),
                         Heads(kv, config_.num_kv_heads, config_.num_kv_heads), layout.bounds, Mask::kCausal);
  rows.delta =
      kernels_.LinearOnto(layer.output, kernels_.ToFormat(attended, layer.output.input), rows.hidden);
  Mlp(layer, rows);
}

TextDecoder::Residual TextDecoder::RunLastLayer(const Layer& layer, Residual& rows,
                                                const Layout& layout) const {
  const auto& [cos, sin] = layout.angles;
  const std::int64_t queries = config_.num_heads * config_.head_dim;
  const Rows x =
      kernels_.AddRmsNorm(rows.hidden, rows.delta, layer.input_norm, config_.rms_norm_eps, layer.qkv.input);
  const at::Tensor kv =
      kernels_.Apply(layer.qkv.Outputs(queries, 2 * config_.num_kv_heads * config_.head_dim), x);
  kernels_.NormRotateHeads(Heads(kv, 0, config_.num_kv_heads), layer.key_norm, config_.rms_norm_eps, cos,
                           sin);

  const at::Tensor& last = layout.last_rows;
  const at::Tensor query =
      Heads(kernels_.Apply(layer.qkv.Outputs(0, queries), Select(x, last)), 0, config_.num_heads);
  kernels_.NormRotateHeads(query, layer.query_norm, config_.rms_norm_eps, cos.index_select(0, last),
                           sin.index_select(0, last));
  const at::Tensor seen = Seen(kv, layout.last_key_rows);
  const at::Tensor attended = kernels_.Attention(query, Heads(seen, 0, config_.num_kv_heads),
                                                 Heads(seen, config_.num_kv_heads, config_.num_kv_heads),
                                                 layout.last_bounds, Mask::kNone);
  Residual result{rows.hidden.index_select(0, last), {}};
  result.delta =
      kernels_.LinearOnto(layer.output, kernels_.ToFormat(attended, layer.output.input), result.hidden);
  Mlp(layer, result);
  return result;
}

at::Tensor TextDecoder::Forward(const PackedBatch& batch, const VisionFeatures& vision,
                                const LayerObserver& observer) const {
  const bool has_vision = !batch.visual_rows.empty();
  const at::Tensor visual_rows = Index(batch.visual_rows);
  const Layout layout = LayOut(batch);

  const at::Tensor ids = Upload(at::tensor(batch.ids), embedding_.device());
  Residual rows{embedding_.index_select(0, ids).to(options_.device()).to(options_.dtype()), {}};
  if (has_vision) rows.hidden.index_copy_(0, visual_rows, vision.merged);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const bool last = i + 1 == layers_.size();
    if (layer.group) stream_->Begin(*layer.group);
    if (last) {
      rows = RunLastLayer(layer, rows, layout);
    } else {
      RunLayer(layer, rows, layout);
    }
    if (layer.group) stream_->End(*layer.group);
    if (last) {
      if (observer) observer(static_cast<std::int64_t>(i), rows.Settled());
      break;
    }
    if (observer) observer(static_cast<std::int64_t>(i), rows.Settled().index_select(0, layout.last_rows));
    if (has_vision && i < vision.deepstack.size()) {
      kernels_.AddToRows(rows.Settled(), visual_rows, vision.deepstack[i]);
    }
  }
  return kernels_.AddRmsNorm(rows.hidden, rows.delta, final_norm_, config_.rms_norm_eps, Format::kPlain)
      .values;
}

}  // namespace vlr
