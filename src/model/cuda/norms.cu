#include <type_traits>

#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

// hidden + delta, written back; what it is in bfloat16.
template <int kCount>
__device__ __forceinline__ void AddInPlace(BFloat16* hidden, const BFloat16* delta, int vectors,
                                           Vector8 (&row)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
    row[i] = v < vectors ? Load(hidden + v * kVector) : Vector8{};
  }
  if (delta == nullptr) return;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
    if (v >= vectors) continue;
    const Vector8 more = Load(delta + v * kVector);
#pragma unroll
    for (int k = 0; k < kVector; ++k) row[i].x[k] = Rounded(row[i].x[k] + more.x[k]);
    Store(row[i], hidden + v * kVector);
  }
}

template <int kCount>
__global__ void __launch_bounds__(kMaxWarps* kWarp)
    AddRmsNormKernel(BFloat16* hidden, const BFloat16* delta, const BFloat16* weight, float eps, int vectors,
                     RowsOut out) {
  __shared__ float scratch[2][kMaxWarps];
  const std::int64_t at = blockIdx.x;
  const std::int64_t begin = at * vectors * kVector;
  Vector8 row[kCount];
  AddInPlace(hidden + begin, delta == nullptr ? nullptr : delta + begin, vectors, row);
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
#pragma unroll
    for (const float x : row[i].x) squares += x * x;
  }
  const float scale = rsqrtf(Reduce<Sum>(squares, scratch[0]) / static_cast<float>(vectors * kVector) + eps);
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
    if (v >= vectors) continue;
    const Vector8 w = Load(weight + v * kVector);
#pragma unroll
    for (int k = 0; k < kVector; ++k) row[i].x[k] = Rounded(w.x[k] * Rounded(row[i].x[k] * scale));
  }
  Write(row, at, vectors, out, scratch[1]);
}

template <int kCount>
__global__ void __launch_bounds__(kMaxWarps* kWarp)
    AddLayerNormKernel(BFloat16* hidden, const BFloat16* delta, const BFloat16* weight, const BFloat16* bias,
                       float eps, int vectors, RowsOut out) {
  __shared__ float scratch[3][kMaxWarps];
  const std::int64_t at = blockIdx.x;
  const std::int64_t begin = at * vectors * kVector;
  const float width = static_cast<float>(vectors * kVector);
  Vector8 row[kCount];
  AddInPlace(hidden + begin, delta == nullptr ? nullptr : delta + begin, vectors, row);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
#pragma unroll
    for (const float x : row[i].x) sum += x;
  }
  const float mean = Reduce<Sum>(sum, scratch[0]) / width;
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    if (static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x) >= vectors) continue;
#pragma unroll
    for (const float x : row[i].x) squares += (x - mean) * (x - mean);
  }
  const float scale = rsqrtf(Reduce<Sum>(squares, scratch[1]) / width + eps);
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
    if (v >= vectors) continue;
    const Vector8 w = Load(weight + v * kVector);
    const Vector8 b = Load(bias + v * kVector);
#pragma unroll
    for (int k = 0; k < kVector; ++k) {
      row[i].x[k] = Rounded((row[i].x[k] - mean) * scale * w.x[k] + b.x[k]);
    }
  }
  Write(row, at, vectors, out, scratch[2]);
}

}  // namespace

void AddRmsNorm(BFloat16* hidden, const BFloat16* delta, const BFloat16* weight, float eps, std::int64_t rows,
                std::int64_t width, const RowsOut& out, Stream stream) {
  if (rows == 0) return;
  ForWidth(width, [&](auto count, int threads) {
    AddRmsNormKernel<count()><<<static_cast<unsigned>(rows), threads, 0, stream>>>(
        hidden, delta, weight, eps, static_cast<int>(width / kVector), out);
  });
  CheckLaunch("AddRmsNorm");
}

void AddLayerNorm(BFloat16* hidden, const BFloat16* delta, const BFloat16* weight, const BFloat16* bias,
                  float eps, std::int64_t rows, std::int64_t width, const RowsOut& out, Stream stream) {
  if (rows == 0) return;
  ForWidth(width, [&](auto count, int threads) {
    AddLayerNormKernel<count()><<<static_cast<unsigned>(rows), threads, 0, stream>>>(
        hidden, delta, weight, bias, eps, static_cast<int>(width / kVector), out);
  });
  CheckLaunch("AddLayerNorm");
}

}  // namespace vlr::cuda
