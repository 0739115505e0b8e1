#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    GatherKernel(const BFloat16* x, std::int64_t row_stride, const std::int64_t* index, std::int64_t total,
                 int vectors, BFloat16* out) {
  const std::int64_t item = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (item >= total) return;
  const std::int64_t row = item / vectors;
  const std::int64_t v = item % vectors;
  reinterpret_cast<uint4*>(out)[item] =
      *reinterpret_cast<const uint4*>(x + index[row] * row_stride + v * kVector);
}

__global__ void __launch_bounds__(kThreads)
    AddToRowsKernel(BFloat16* x, std::int64_t row_stride, const std::int64_t* index, std::int64_t total,
                    int vectors, const BFloat16* values) {
  const std::int64_t item = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (item >= total) return;
  const std::int64_t row = item / vectors;
  BFloat16* const to = x + index[row] * row_stride + item % vectors * kVector;
  Vector8 sum = Load(to);
  const Vector8 more = Load(values + item * kVector);
#pragma unroll
  for (int k = 0; k < kVector; ++k) sum.x[k] += more.x[k];
  Store(sum, to);
}

unsigned Blocks(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

}  // namespace

void GatherRows(const BFloat16* x, std::int64_t row_stride, const std::int64_t* index, std::int64_t count,
                std::int64_t width, BFloat16* out, Stream stream) {
  const std::int64_t total = count * (width / kVector);
  if (total == 0) return;
  GatherKernel<<<Blocks(total), kThreads, 0, stream>>>(x, row_stride, index, total,
                                                       static_cast<int>(width / kVector), out);
  CheckLaunch("GatherRows");
}

void AddToRows(BFloat16* x, std::int64_t row_stride, const std::int64_t* index, std::int64_t count,
               std::int64_t width, const BFloat16* values, Stream stream) {
  const std::int64_t total = count * (width / kVector);
  if (total == 0) return;
  AddToRowsKernel<<<Blocks(total), kThreads, 0, stream>>>(x, row_stride, index, total,
                                                          static_cast<int>(width / kVector), values);
  CheckLaunch("AddToRows");
}

}  // namespace vlr::cuda
