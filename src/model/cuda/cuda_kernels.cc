#include "model/cuda/cuda_kernels.h"

#include <ATen/ops/_addmm_activation.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>

#include "model/aten_kernels.h"
#include "model/cuda/launches.h"
#include "model/upload.h"

namespace vlr {
namespace {

constexpr std::uintptr_t kAlignment = 16;
constexpr std::int64_t kMaxFlashDim = 256;

cuda::Stream StreamOf(const at::Tensor& tensor) {
  return c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream();
}

cuda::BFloat16* Data(const at::Tensor& tensor) {
  return static_cast<cuda::BFloat16*>(tensor.mutable_data_ptr());
}

bool IsBFloat16(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kBFloat16;
}

bool Aligned(const at::Tensor& tensor) {
  return reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % kAlignment == 0;
}

// Rows that the kernels take, with any stride between them.
bool FitsStrided(const at::Tensor& x) {
  return IsBFloat16(x) && x.dim() == 2 && x.stride(1) == 1 && x.size(1) % cuda::kVector == 0 &&
         x.stride(0) % cuda::kVector == 0 && Aligned(x);
}

bool Fits(const at::Tensor& x) {
  return FitsStrided(x) && x.is_contiguous() && x.size(1) <= cuda::kMaxWidth;
}

// Heads [n, h, d] whose heads follow each other in a row.
bool FitsHeads(const at::Tensor& heads, std::int64_t vector) {
  return IsBFloat16(heads) && heads.stride(2) == 1 && heads.stride(1) == heads.size(2) &&
         heads.size(2) % (2 * vector) == 0 && heads.stride(0) % cuda::kVector == 0 && Aligned(heads);
}

bool FitsAttention(const at::Tensor& heads) {
  return FitsHeads(heads, cuda::kVector / 2);
}

cuda::PackedHeads PackedHeadsOf(const at::Tensor& heads) {
  return {Data(heads), heads.stride(0), heads.size(0), heads.size(1)};
}

bool FitsNormed(std::int64_t dim) {
  return dim == 64 || dim == 128 || dim == 256;
}

// Rows for a kernel to write, and where.
struct Output {
  Output(const at::Tensor& like, std::int64_t width, Format format) {
    const std::int64_t count = like.size(0);
    if (format == Format::kPlain) {
      rows.values = at::empty({count, width}, like.options());
      out.values = Data(rows.values);
      return;
    }
    rows.values = at::empty({count, width}, like.options().dtype(at::kFloat8_e4m3fn));
    rows.scales = at::empty({count, 1}, like.options().dtype(at::kFloat));
    out.float8 = static_cast<std::uint8_t*>(rows.values.mutable_data_ptr());
    out.scales = rows.scales.mutable_data_ptr<float>();
  }
  Rows rows;
  cuda::RowsOut out;
};

const cuda::BFloat16* DataOrNull(const at::Tensor& tensor) {
  return tensor.defined() ? Data(tensor) : nullptr;
}

std::int64_t Longest(const std::vector<std::int64_t>& offsets) {
  std::int64_t longest = 0;
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    longest = std::max(longest, offsets[i + 1] - offsets[i]);
  }
  return longest;
}

// What no kernel here takes (another dtype, an odd width) goes the plain way.
class CudaKernels : public AtenKernels {
 public:
  at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) const override {
    if (!Fits(x)) return AtenKernels::RmsNorm(x, weight, eps);
    return Normed(x, {}, weight, eps, Format::kPlain).values;
  }

  void NormRotateHeads(const at::Tensor& heads, const at::Tensor& weight, double eps, const at::Tensor& cos,
                       const at::Tensor& sin) const override {
    if (!FitsHeads(heads, cuda::kVector) || !FitsNormed(heads.size(2))) {
      return AtenKernels::NormRotateHeads(heads, weight, eps, cos, sin);
    }
    cuda::NormRotateHeads(Data(heads), heads.stride(0), heads.size(0), heads.size(1), heads.size(1),
                          heads.size(2), Data(weight), Data(weight), static_cast<float>(eps), Data(cos),
                          Data(sin), StreamOf(heads));
  }

  void NormRotateFused(const at::Tensor& rows, std::int64_t heads, std::int64_t key_heads,
                       const at::Tensor& query_weight, const at::Tensor& key_weight, double eps,
                       const at::Tensor& cos, const at::Tensor& sin) const override {
    const std::int64_t dim = query_weight.size(0);
    if (!FitsStrided(rows) || !FitsNormed(dim)) {
      return AtenKernels::NormRotateFused(rows, heads, key_heads, query_weight, key_weight, eps, cos, sin);
    }
    cuda::NormRotateHeads(Data(rows), rows.stride(0), rows.size(0), heads + key_heads, heads, dim,
                          Data(query_weight), Data(key_weight), static_cast<float>(eps), Data(cos), Data(sin),
                          StreamOf(rows));
  }

  void RotateHeads(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) const override {
    if (!FitsHeads(heads, cuda::kVector / 2)) return AtenKernels::RotateHeads(heads, cos, sin);
    Rotate(heads, heads.size(1), heads.size(2), cos, sin);
  }

  void RotateFused(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin) const override {
    const at::Tensor heads = qkv.narrow(1, 0, 2).flatten(1, 2);  // queries and keys
    if (!FitsHeads(heads, cuda::kVector / 2)) return AtenKernels::RotateFused(qkv, cos, sin);
    Rotate(heads, heads.size(1), heads.size(2), cos, sin);
  }

  at::Tensor SwiGlu(const at::Tensor& gate_up) const override {
    return SwiGluInFormat(gate_up, Format::kPlain).values;
  }

  Rows SwiGluInFormat(const at::Tensor& gate_up, Format format) const override {
    const std::int64_t width = gate_up.size(1) / 2;
    if (!FitsStrided(gate_up) || !gate_up.is_contiguous() || width % cuda::kVector != 0 ||
        width > cuda::kMaxWidth) {
      return ToFormat(AtenKernels::SwiGlu(gate_up), format);
    }
    const Output output(gate_up, width, format);
    cuda::SwiGlu(Data(gate_up), gate_up.size(0), width, output.out, StreamOf(gate_up));
    return output.rows;
  }

  Rows AddRmsNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight, double eps,
                  Format format) const override {
    if (!Fits(hidden)) return AtenKernels::AddRmsNorm(hidden, delta, weight, eps, format);
    return Normed(hidden, delta, weight, eps, format);
  }

  Rows AddLayerNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight,
                    const at::Tensor& bias, double eps, Format format) const override {
    if (!Fits(hidden)) return AtenKernels::AddLayerNorm(hidden, delta, weight, bias, eps, format);
    const Output output(hidden, hidden.size(1), format);
    cuda::AddLayerNorm(Data(hidden), DataOrNull(delta), Data(weight), Data(bias), static_cast<float>(eps),
                       hidden.size(0), hidden.size(1), output.out, StreamOf(hidden));
    return output.rows;
  }

  Rows GeluTanh(const at::Tensor& x, Format format) const override {
    if (!Fits(x)) return AtenKernels::GeluTanh(x, format);
    if (format == Format::kPlain) {
      cuda::GeluTanh(Data(x), x.size(0), x.size(1), {.values = Data(x)}, StreamOf(x));
      return {x, {}};
    }
    const Output output(x, x.size(1), format);
    cuda::GeluTanh(Data(x), x.size(0), x.size(1), output.out, StreamOf(x));
    return output.rows;
  }

  at::Tensor Apply(const Linear& layer, const Rows& x) const override {
    const at::Tensor& weight = layer.weight;
    const bool unpacks = layer.scales.defined() && !x.scales.defined() && IsBFloat16(x.values);
    if (!unpacks || !weight.is_contiguous() || weight.size(1) % cuda::kVector != 0) {
      return AtenKernels::Apply(layer, x);
    }
    at::Tensor unpacked = at::empty(weight.sizes(), x.values.options());
    const cuda::EightBits from{static_cast<const std::uint8_t*>(weight.const_data_ptr()),
                               layer.scales.const_data_ptr<float>(), weight.scalar_type() == at::kChar};
    cuda::Unpack(from, weight.size(0), weight.size(1), Data(unpacked), StreamOf(x.values));
    return at::linear(x.values, unpacked, layer.bias);
  }

  Rows LinearGeluTanh(const Linear& layer, const Rows& x, Format format) const override {
    const bool plain = !layer.scales.defined() && format == Format::kPlain && layer.bias.defined();
    if (!plain || !IsBFloat16(x.values)) return AtenKernels::LinearGeluTanh(layer, x, format);
    // The product's own epilogue adds the bias and applies GELU before it rounds.
    return {at::_addmm_activation(layer.bias, x.values, layer.weight.t(), 1, 1, /*use_gelu=*/true), {}};
  }

  Rows ToFormat(const at::Tensor& x, Format format) const override {
    if (format == Format::kPlain || !Fits(x)) return AtenKernels::ToFormat(x, format);
    const Output output(x, x.size(1), format);
    cuda::ToFloat8(Data(x), x.size(0), x.size(1), output.out, StreamOf(x));
    return output.rows;
  }

  at::Tensor LinearOnto(const Linear& layer, const Rows& x, const at::Tensor& hidden) const override {
    const bool plain = !layer.scales.defined() && !layer.bias.defined();
    if (!plain || !IsBFloat16(x.values)) return AtenKernels::LinearOnto(layer, x, hidden);
    // The product's own epilogue adds, in float32, and spares a pass over memory.
    at::Tensor(hidden).addmm_(x.values, layer.weight.t());
    return {};
  }

  at::Tensor GatherRows(const at::Tensor& x, const at::Tensor& index) const override {
    if (!FitsStrided(x)) return AtenKernels::GatherRows(x, index);
    at::Tensor out = at::empty({index.size(0), x.size(1)}, x.options());
    cuda::GatherRows(Data(x), x.stride(0), index.const_data_ptr<std::int64_t>(), index.size(0), x.size(1),
                     Data(out), StreamOf(x));
    return out;
  }

  void AddToRows(const at::Tensor& x, const at::Tensor& index, const at::Tensor& values) const override {
    if (!FitsStrided(x) || !Fits(values)) return AtenKernels::AddToRows(x, index, values);
    cuda::AddToRows(Data(x), x.stride(0), index.const_data_ptr<std::int64_t>(), index.size(0), x.size(1),
                    Data(values), StreamOf(x));
  }

  void Prepare(SequenceBounds& bounds) const override {
    const auto on_device = [](const std::vector<std::int64_t>& offsets) {
      const std::vector<std::int32_t> narrow(offsets.begin(), offsets.end());
      return Upload(at::tensor(narrow, at::TensorOptions(at::kInt)), at::kCUDA);
    };
    bounds.device_query = on_device(bounds.query);
    bounds.device_key = bounds.key == bounds.query ? bounds.device_query : on_device(bounds.key);
  }

  at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const SequenceBounds& bounds, Mask mask) const override {
    const std::int64_t dim = query.size(2);
    if (!IsBFloat16(query) || dim % cuda::kVector != 0 || dim > kMaxFlashDim) {
      return AtenKernels::Attention(query, key, value, bounds, mask);
    }
    if (FitsAttention(query) && FitsAttention(key) && FitsAttention(value) &&
        cuda::HasAttention(query.device().index(), dim, query.size(1), key.size(1))) {
      at::Tensor out = at::empty({query.size(0), query.size(1) * dim}, query.options());
      const cuda::PackedBounds packed{bounds.device_query.const_data_ptr<std::int32_t>(),
                                      bounds.device_key.const_data_ptr<std::int32_t>(),
                                      bounds.device_query.size(0) - 1, Longest(bounds.query)};
      cuda::Attention(PackedHeadsOf(query), PackedHeadsOf(key), PackedHeadsOf(value), dim, packed,
                      mask == Mask::kCausal, Data(out), StreamOf(query));
      return out;
    }
    // Its causal mask lets the last query see every key, as ours.
    const auto attended = at::_flash_attention_forward(
        query, key, value, bounds.device_query, bounds.device_key, Longest(bounds.query), Longest(bounds.key),
        0.0, mask == Mask::kCausal, false);
    return std::get<0>(attended).flatten(1, 2);
  }

 private:
  Rows Normed(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight, double eps,
              Format format) const {
    const Output output(hidden, hidden.size(1), format);
    cuda::AddRmsNorm(Data(hidden), DataOrNull(delta), Data(weight), static_cast<float>(eps), hidden.size(0),
                     hidden.size(1), output.out, StreamOf(hidden));
    return output.rows;
  }

  static void Rotate(const at::Tensor& heads, std::int64_t count, std::int64_t dim, const at::Tensor& cos,
                     const at::Tensor& sin) {
    cuda::RotateHeads(Data(heads), heads.stride(0), heads.size(0), count, dim, cos.const_data_ptr<float>(),
                      sin.const_data_ptr<float>(), StreamOf(heads));
  }
};

}  // namespace
}  // namespace vlr

extern "C" __attribute__((visibility("default"))) vlr::Kernels* VlrMakeCudaKernels() {
  return new vlr::CudaKernels();
}
