#include <type_traits>

#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

// x · sigmoid(z) for finite x, by the special function unit: a division to the last bit would take longer
// than the row's way through memory.
__device__ __forceinline__ float Gated(float x, float z) {
  float inverse;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(inverse) : "f"(1.0F + __expf(-z)));
  return x * inverse;
}

struct SwiGluRow {
  const BFloat16* gate_up;
  __device__ Vector8 operator()(std::int64_t at, int vectors, int v) const {
    const BFloat16* const gate = gate_up + 2 * at * vectors * kVector + v * kVector;
    Vector8 g = Load(gate);
    const Vector8 u = Load(gate + vectors * kVector);
#pragma unroll
    for (int k = 0; k < kVector; ++k) {
      g.x[k] = Rounded(Rounded(Gated(g.x[k], g.x[k])) * u.x[k]);
    }
    return g;
  }
};

struct GeluTanhRow {
  const BFloat16* x;
  __device__ Vector8 operator()(std::int64_t at, int vectors, int v) const {
    constexpr float kBeta = 0.7978845608028654F;  // √(2/π)
    constexpr float kKappa = 0.044715F;
    Vector8 r = Load(x + at * vectors * kVector + v * kVector);
#pragma unroll
    for (float& y : r.x) {
      const float inner = kBeta * (y + kKappa * y * y * y);
      y = Rounded(Gated(y, 2.0F * inner));  // (1 + tanh(z)) / 2 = sigmoid(2z)
    }
    return r;
  }
};

struct PlainRow {
  const BFloat16* x;
  __device__ Vector8 operator()(std::int64_t at, int vectors, int v) const {
    return Load(x + at * vectors * kVector + v * kVector);
  }
};

template <int kCount, class Row>
__global__ void __launch_bounds__(kMaxWarps* kWarp) RowKernel(Row compute, int vectors, RowsOut out) {
  __shared__ float scratch[kMaxWarps];
  const std::int64_t at = blockIdx.x;
  Vector8 row[kCount];
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
    row[i] = v < vectors ? compute(at, vectors, v) : Vector8{};
  }
  Write(row, at, vectors, out, scratch);
}

template <class Row>
void Launch(const char* name, const Row& compute, std::int64_t rows, std::int64_t width, const RowsOut& out,
            Stream stream) {
  if (rows == 0) return;
  ForWidth(width, [&](auto count, int threads) {
    RowKernel<count(), Row><<<static_cast<unsigned>(rows), threads, 0, stream>>>(
        compute, static_cast<int>(width / kVector), out);
  });
  CheckLaunch(name);
}

}  // namespace

void SwiGlu(const BFloat16* gate_up, std::int64_t rows, std::int64_t width, const RowsOut& out,
            Stream stream) {
  Launch("SwiGlu", SwiGluRow{gate_up}, rows, width, out, stream);
}

void GeluTanh(const BFloat16* x, std::int64_t rows, std::int64_t width, const RowsOut& out, Stream stream) {
  Launch("GeluTanh", GeluTanhRow{x}, rows, width, out, stream);
}

void ToFloat8(const BFloat16* x, std::int64_t rows, std::int64_t width, const RowsOut& out, Stream stream) {
  Launch("ToFloat8", PlainRow{x}, rows, width, out, stream);
}

}  // namespace vlr::cuda
