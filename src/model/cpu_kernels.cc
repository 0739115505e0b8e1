// Kernels for the CPU: one pass over memory where ATen takes several, rows shared out to the intra-op
// threads.
#include <ATen/Parallel.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cmath>
#include <cstddef>

#include "model/aten_kernels.h"
#include "model/fast_exp.h"

namespace vlr {
namespace {

constexpr std::int64_t kLanes = 16;
// Values a thread should have before it is worth waking.
constexpr std::int64_t kGrainValues = 16384;

std::int64_t GrainRows(std::int64_t values_per_row) {
  return std::max<std::int64_t>(1, kGrainValues / values_per_row);
}

template <class T>
float Rounded(float value) {
  return static_cast<float>(static_cast<T>(value));
}

// Sum of squares with a fixed order of additions, so that a row's norm does not depend on its neighbours.
template <class T>
float SumOfSquares(const T* x, std::int64_t n) {
  std::array<float, kLanes> lanes{};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) {
      const float value = static_cast<float>(x[i + j]);
      lanes[static_cast<std::size_t>(j)] += value * value;
    }
  }
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (; i < n; ++i) sum += static_cast<float>(x[i]) * static_cast<float>(x[i]);
  return sum;
}

template <class T>
void NormRow(const T* x, const T* weight, float eps, std::int64_t n, T* out) {
  const float scale = 1.0F / std::sqrt(SumOfSquares(x, n) / static_cast<float>(n) + eps);
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

class CpuKernels : public AtenKernels {
 public:
  at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) const override {
    const std::int64_t n = x.size(1);
    at::Tensor out = at::empty({x.size(0), n}, x.options());
    ForType(x, [&](auto type) {
      using T = decltype(type);
      const T* in = x.const_data_ptr<T>();
      const T* w = weight.const_data_ptr<T>();
      T* result = out.mutable_data_ptr<T>();
      const std::int64_t stride = x.stride(0);
      at::parallel_for(0, x.size(0), GrainRows(n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          NormRow(in + row * stride, w, static_cast<float>(eps), n, result + row * n);
        }
      });
    });
    return out;
  }

  void NormRotateHeads(const at::Tensor& heads, const at::Tensor& weight, double eps, const at::Tensor& cos,
                       const at::Tensor& sin) const override {
    ForType(heads, [&](auto type) {
      using T = decltype(type);
      const T* w = weight.const_data_ptr<T>();
      ForEachHead<T, T>(heads, cos, sin, [&](T* head, const T* c, const T* s, std::int64_t dim) {
        NormRow(head, w, static_cast<float>(eps), dim, head);
        RotateRow(head, c, s, dim / 2);
      });
    });
  }

  void RotateHeads(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) const override {
    ForType(heads, [&](auto type) {
      using T = decltype(type);
      ForEachHead<T, float>(heads, cos, sin, [](T* head, const float* c, const float* s, std::int64_t dim) {
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

  at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const SequenceBounds& bounds, Mask mask) const override {
    const std::int64_t heads = query.size(1);
    const std::int64_t dim = query.size(2);
    const std::int64_t kv_heads = key.size(1);
    const std::int64_t group = heads / kv_heads;
    at::Tensor out = at::empty({query.size(0), kv_heads, group, dim}, query.options());
    for (std::size_t i = 0; i + 1 < bounds.query.size(); ++i) {
      // A key head and the query heads that share it are a batch entry; its keys repeat with stride 0.
      const auto keys = [&](const at::Tensor& packed) {
        const std::int64_t rows = bounds.key[i + 1] - bounds.key[i];
        return packed.narrow(0, bounds.key[i], rows)
            .transpose(0, 1)
            .unsqueeze(1)
            .expand({kv_heads, group, rows, dim});
      };
      const std::int64_t rows = bounds.query[i + 1] - bounds.query[i];
      const at::Tensor queries =
          query.narrow(0, bounds.query[i], rows).unflatten(1, {kv_heads, group}).permute({1, 2, 0, 3});
      const auto attended = std::get<0>(at::_scaled_dot_product_flash_attention_for_cpu(
          queries, keys(key), keys(value), 0.0, mask == Mask::kCausal));
      out.narrow(0, bounds.query[i], rows).copy_(attended.permute({2, 0, 1, 3}));
    }
    return out.view({query.size(0), heads * dim});
  }

 private:
  // run(head, cos row, sin row, head_dim) for heads [n, h, d] and angles [n, d/2].
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
          run(data + row * row_stride + head * head_stride, c + row * (dim / 2), s + row * (dim / 2), dim);
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
