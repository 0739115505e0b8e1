// Packed prompts → the last token's hidden state of each: decoder with grouped-query attention, per-head
// norms and interleaved multimodal rotary embedding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/config.h"
#include "model/kernels.h"
#include "model/layer_stream.h"
#include "model/linear.h"
#include "model/packed_batch.h"
#include "model/vision_tower.h"
#include "model/weight_loader.h"

namespace vlr {

// Sees a layer's last-token rows [inputs, hidden].
using LayerObserver = std::function<void(std::int64_t layer, const at::Tensor& last_rows)>;

class TextDecoder {
 public:
  // What the device has room for.
  struct Room {
    // Rows that the widest steps of a layer take at once.
    std::int64_t max_rows;
    // For the layers' weights; the others come from the host's memory while a forward runs. 0: for all of
    // them.
    std::int64_t layer_bytes = 0;
    // For the token embeddings; else rows of them are read from the host's memory.
    bool embedding = true;
  };

  // Failures stay in the loader. Layers' weights are held in `format`.
  TextDecoder(const TextConfig& config, WeightLoader& loader, at::TensorOptions options,
              const Kernels& kernels, WeightFormat format, const Room& room);

  // [inputs, hidden] after the final norm. `vision` holds the features of batch.visual_rows, row by row. The
  // last layer computes keys and values of all rows but everything else of the last ones only. `observer` may
  // be empty.
  at::Tensor Forward(const PackedBatch& batch, const VisionFeatures& vision,
                     const LayerObserver& observer) const;

  // The token embedding table [vocab, hidden] in the stored dtype.
  const at::Tensor& embedding() const { return embedding_; }
  // Of weights that come to the device with every forward.
  std::int64_t streamed_bytes() const { return stream_ ? stream_->bytes() : 0; }

 private:
  struct Layer {
    at::Tensor input_norm, post_attention_norm, query_norm, key_norm;
    Linear qkv;  // queries, keys, values one after the other
    Linear output;
    Linear gate_up;  // gate, up
    Linear down;
    std::optional<std::size_t> group;  // in the stream, of those that do not stay
  };
  struct Angles {
    at::Tensor cos, sin;  // [T, head_dim / 2], compute dtype
  };

  // Rows [T, hidden] and what is still to be added to them, if it is defined: the next step that reads the
  // rows adds it on the way.
  struct Residual {
    at::Tensor hidden, delta;
    const at::Tensor& Settled();
  };

  // Where a forward's sequences lie and which keys they see.
  struct Layout {
    Angles angles;
    SequenceBounds bounds;
    at::Tensor key_rows;   // [K], or undefined: each sequence sees its own rows
    at::Tensor last_rows;  // [inputs]
    SequenceBounds last_bounds;
    at::Tensor last_key_rows;  // as key_rows, for the inputs' last rows alone
  };

  // Sends the layers that there is no room for to the host, evenly spread, so that they come over while those
  // between them are at work.
  void LoadLayers(WeightLoader& loader, WeightFormat format, std::int64_t layer_bytes);
  Layer LoadLayer(WeightLoader& loader, const std::string& name, WeightFormat format) const;
  Angles RotaryAngles(const std::vector<std::int64_t>& positions) const;
  at::Tensor Index(const std::vector<std::int64_t>& rows) const;
  Layout LayOut(const PackedBatch& batch) const;
  at::Tensor Heads(const at::Tensor& rows, std::int64_t first_head, std::int64_t count) const;
  at::Tensor Seen(const at::Tensor& rows, const at::Tensor& key_rows) const;
  void Mlp(const Layer& layer, Residual& rows) const;
  void RunLayer(const Layer& layer, Residual& rows, const Layout& layout) const;
  Residual RunLastLayer(const Layer& layer, Residual& rows, const Layout& layout) const;

  TextConfig config_;
  at::TensorOptions options_;
  const Kernels& kernels_;
  std::int64_t max_rows_;
  mutable std::optional<LayerStream> stream_;  // a forward moves it on
  at::Tensor embedding_;
  at::Tensor final_norm_;
  at::Tensor rotary_frequencies_;  // [head_dim / 2] float32
  at::Tensor rotary_axis_;         // [head_dim / 2]: which position axis turns a frequency
  std::vector<Layer> layers_;
};

}  // namespace vlr
