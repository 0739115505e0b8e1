// Kernels for the CPU: one pass over memory where ATen takes several, rows shared out to the intra-op
// threads.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/conv3d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "model/aten_kernels.h"
#include "model/fast_exp.h"

namespace vlr {
namespace {

// Attention scores held at once, 4 MB: what caches keep.
constexpr std::int64_t kMaxScores = std::int64_t{1} << 20;
// A sequence of so few query rows has its values summed in float64.
constexpr std::int64_t kFewRows = 32;
// Values a thread should have before it is worth waking.
constexpr std::int64_t kGrainValues = 16384;

std::int64_t GrainRows(std::int64_t values_per_row) {
  return std::max<std::int64_t>(1, kGrainValues / values_per_row);
}

template <class T>
float Rounded(float value) {
  return static_cast<float>(static_cast<T>(value));
}

// 1 / rms of the last axis, float32, summed by ATen: the reference's order of additions, whose rounding then
// cancels in a comparison.
at::Tensor InverseRms(const at::Tensor& x, double eps) {
  return at::rsqrt(x.to(at::kFloat).pow(2).mean(-1) + eps);
}

template <class T>
void ScaleRow(const T* x, float scale, const T* weight, std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<T>(static_cast<float>(weight[i]) * Rounded<T>(static_cast<float>(x[i]) * scale));
  }
}

// Angle: T rounds each product as the decoder does; float keeps float32 until the end as the vision tower
// does.
template <class T, class Angle>
void RotateRow(T* x, const Angle* cos, const Angle* sin, std::int64_t half) {
  for (std::int64_t i = 0; i < half; ++i) {
    const float a = static_cast<float>(x[i]);
    const float b = static_cast<float>(x[i + half]);
    const float c = static_cast<float>(cos[i]);
    const float s = static_cast<float>(sin[i]);
    x[i] = static_cast<T>(Rounded<Angle>(a * c) - Rounded<Angle>(b * s));
    x[i + half] = static_cast<T>(Rounded<Angle>(b * c) + Rounded<Angle>(a * s));
  }
}

template <class T>
void SwiGluRow(const T* gate, const T* up, std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = static_cast<float>(gate[i]);
    const float silu = g / (1.0F + FastExp(-g));
    out[i] = static_cast<T>(Rounded<T>(silu) * static_cast<float>(up[i]));
  }
}

// Calls run with a value of the tensor's C++ type.
template <class Run>
void ForType(const at::Tensor& tensor, const Run& run) {
  if (tensor.scalar_type() == at::kFloat) {
    run(float{});
  } else {
    TORCH_CHECK(tensor.scalar_type() == at::kBFloat16, "CPU kernels take float32 and bfloat16");
    run(at::BFloat16{});
  }
}

// One sequence: query and out [key heads, query heads of each, rows, head_dim]; key, value [key heads, keys,
// head_dim].
struct Sequence {
  at::Tensor query, key, value, out;
};

// [h, rows, keys] × [h, keys, dim]. A product of few rows adds thousands of keys one by one, where one of
// many rows adds blocks: its rounding, 3e-5 of a logit at 3,700 keys, would be ours alone. Not for bands of a
// long sequence: each would convert all its values anew.
at::Tensor Weighted(const at::Tensor& shares, const at::Tensor& values, bool exactly) {
  if (!exactly) return at::bmm(shares, values);
  return at::bmm(shares.to(at::kDouble), values.to(at::kDouble)).to(at::kFloat);
}

// Softmax over whole rows, as the reference's eager attention does; bands of rows bound the memory.
void AttendInFull(const Sequence& sequence, Mask mask) {
  const std::int64_t kv_heads = sequence.query.size(0);
  const std::int64_t group = sequence.query.size(1);
  const std::int64_t rows = sequence.query.size(2);
  const std::int64_t dim = sequence.query.size(3);
  const std::int64_t band = std::max<std::int64_t>(1, kMaxScores / (kv_heads * group * sequence.key.size(1)));
  const std::int64_t earlier = sequence.key.size(1) - rows;  // keys that all queries see
  const double scale = 1.0 / std::sqrt(static_cast<double>(dim));
  for (std::int64_t begin = 0; begin < rows; begin += band) {
    const std::int64_t count = std::min(band, rows - begin);
    const std::int64_t keys = mask == Mask::kCausal ? earlier + begin + count : sequence.key.size(1);
    const at::Tensor query = sequence.query.narrow(2, begin, count).reshape({kv_heads, group * count, dim});
    at::Tensor scores = at::bmm(query, sequence.key.narrow(1, 0, keys).transpose(1, 2)).mul_(scale);
    if (mask == Mask::kCausal) {
      const at::Tensor later =
          at::ones({count, keys}, at::TensorOptions(at::kBool)).triu_(earlier + begin + 1);
      scores.view({kv_heads * group, count, keys})
          .masked_fill_(later, -std::numeric_limits<float>::infinity());
    }
    const at::Tensor attended =
        Weighted(at::softmax(scores, -1), sequence.value.narrow(1, 0, keys), group * rows <= kFewRows);
    sequence.out.narrow(2, begin, count).copy_(attended.view({kv_heads, group, count, dim}));
  }
}

// ATen's tiled attention; a key head and the query heads that share it are a batch entry, its keys repeat
// with stride 0.
void AttendInTiles(const Sequence& sequence, Mask mask) {
  const auto shared = [&](const at::Tensor& keys) {
    return keys.unsqueeze(1).expand({-1, sequence.query.size(1), -1, -1});
  };
  const std::int64_t rows = sequence.query.size(2);
  const std::int64_t keys = sequence.key.size(1);
  const bool square = rows == keys;
  std::optional<at::Tensor> bias;
  if (mask == Mask::kCausal && !square) {  // its own causal mask gives the first query one key
    bias = at::full({rows, keys}, -std::numeric_limits<float>::infinity(), at::TensorOptions(at::kFloat))
               .triu_(keys - rows + 1);
  }
  sequence.out.copy_(std::get<0>(at::_scaled_dot_product_flash_attention_for_cpu(
      sequence.query, shared(sequence.key), shared(sequence.value), 0.0, mask == Mask::kCausal && square,
      bias)));
}

class CpuKernels : public AtenKernels {
 public:
  at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) const override {
    const std::int64_t n = x.size(1);
    const at::Tensor scales = InverseRms(x, eps);
    const float* scale = scales.const_data_ptr<float>();
    at::Tensor out = at::empty({x.size(0), n}, x.options());
    ForType(x, [&](auto type) {
      using T = decltype(type);
      const T* in = x.const_data_ptr<T>();
      const T* w = weight.const_data_ptr<T>();
      T* result = out.mutable_data_ptr<T>();
      const std::int64_t stride = x.stride(0);
      at::parallel_for(0, x.size(0), GrainRows(n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          ScaleRow(in + row * stride, scale[row], w, n, result + row * n);
        }
      });
    });
    return out;
  }

  void NormRotateHeads(const at::Tensor& heads, const at::Tensor& weight, double eps, const at::Tensor& cos,
                       const at::Tensor& sin) const override {
    const at::Tensor scales = InverseRms(heads, eps);
    const float* scale = scales.const_data_ptr<float>();
    ForType(heads, [&](auto type) {
      using T = decltype(type);
      const T* w = weight.const_data_ptr<T>();
      ForEachHead<T, T>(heads, cos, sin,
                        [&](std::int64_t index, T* head, const T* c, const T* s, std::int64_t dim) {
                          ScaleRow(head, scale[index], w, dim, head);
                          RotateRow(head, c, s, dim / 2);
                        });
    });
  }

  void RotateHeads(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) const override {
    ForType(heads, [&](auto type) {
      using T = decltype(type);
      ForEachHead<T, float>(heads, cos, sin,
                            [](std::int64_t, T* head, const float* c, const float* s, std::int64_t dim) {
                              RotateRow(head, c, s, dim / 2);
                            });
    });
  }

  at::Tensor SwiGlu(const at::Tensor& gate_up) const override {
    const std::int64_t n = gate_up.size(1) / 2;
    at::Tensor out = at::empty({gate_up.size(0), n}, gate_up.options());
    ForType(gate_up, [&](auto type) {
      using T = decltype(type);
      const T* in = gate_up.const_data_ptr<T>();
      T* result = out.mutable_data_ptr<T>();
      const std::int64_t stride = gate_up.stride(0);
      at::parallel_for(0, gate_up.size(0), GrainRows(n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          SwiGluRow(in + row * stride, in + row * stride + n, n, result + row * n);
        }
      });
    });
    return out;
  }

  // In float32 the reference's own convolution, whose sums over a patch of 1536 round three times worse than
  // a matrix product's: equal sums, equal rounding. All patches side by side are one wide picture, four times
  // faster.
  at::Tensor PatchEmbedding(const at::Tensor& patches, const at::Tensor& weight,
                            const at::Tensor& bias) const override {
    if (patches.scalar_type() != at::kFloat) return AtenKernels::PatchEmbedding(patches, weight, bias);
    const std::int64_t n = patches.size(0);
    const auto kernel = weight.sizes().slice(1);
    const at::Tensor wide = patches.view({n, kernel[0], kernel[1], kernel[2], kernel[3]})
                                .permute({1, 2, 3, 0, 4})
                                .reshape({1, kernel[0], kernel[1], kernel[2], n * kernel[3]});
    return at::conv3d(wide, weight, bias, kernel.slice(1)).view({weight.size(0), n}).t().contiguous();
  }

  at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const SequenceBounds& bounds, Mask mask) const override {
    const std::int64_t heads = query.size(1);
    const std::int64_t kv_heads = key.size(1);
    const std::int64_t group = heads / kv_heads;
    at::Tensor out = at::empty({query.size(0), kv_heads, group, query.size(2)}, query.options());
    const auto attend = [&](std::size_t i) {
      const auto keys = [&](const at::Tensor& packed) {
        return packed.slice(0, bounds.key[i], bounds.key[i + 1]).transpose(0, 1);
      };
      const auto queries = [&](const at::Tensor& packed) {
        return packed.slice(0, bounds.query[i], bounds.query[i + 1]).permute({1, 2, 0, 3});
      };
      const Sequence sequence{queries(query.unflatten(1, {kv_heads, group})), keys(key), keys(value),
                              queries(out)};
      if (query.scalar_type() == at::kFloat) {
        AttendInFull(sequence, mask);
      } else {
        AttendInTiles(sequence, mask);
      }
    };
    const std::int64_t sequences = std::ssize(bounds.query) - 1;
    if (sequences < at::get_num_threads()) {  // too few to share out: the threads share each operation
      for (std::int64_t i = 0; i < sequences; ++i) attend(static_cast<std::size_t>(i));
    } else {
      at::parallel_for(0, sequences, 1, [&](std::int64_t begin, std::int64_t end) {
        const c10::InferenceMode inference;  // of a thread, not inherited
        for (std::int64_t i = begin; i < end; ++i) attend(static_cast<std::size_t>(i));
      });
    }
    return out.view({query.size(0), heads * query.size(2)});
  }

 private:
  // run(head's index, head, cos row, sin row, head_dim) for heads [n, h, d] and angles [n, d/2].
  template <class T, class Angle, class Run>
  static void ForEachHead(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin,
                          const Run& run) {
    T* data = heads.mutable_data_ptr<T>();
    const Angle* c = cos.const_data_ptr<Angle>();
    const Angle* s = sin.const_data_ptr<Angle>();
    const std::int64_t count = heads.size(1);
    const std::int64_t dim = heads.size(2);
    const std::int64_t row_stride = heads.stride(0);
    const std::int64_t head_stride = heads.stride(1);
    at::parallel_for(0, heads.size(0), GrainRows(count * dim), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        for (std::int64_t head = 0; head < count; ++head) {
          run(row * count + head, data + row * row_stride + head * head_stride, c + row * (dim / 2),
              s + row * (dim / 2), dim);
        }
      }
    });
  }
};

}  // namespace

std::unique_ptr<Kernels> MakeCpuKernels() {
  return std::make_unique<CpuKernels>();
}

}  // namespace vlr
