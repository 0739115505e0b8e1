// Rows in registers: a thread holds every blockDim.x-th vector of eight values.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp8.h>

#include <stdexcept>
#include <string>

#include "model/cuda/launches.h"

namespace vlr::cuda {

constexpr int kWarp = 32;
constexpr int kMaxWarps = 8;
constexpr float kLargestFloat8 = 448.0F;
constexpr float kLeastMagnitude = 1e-12F;  // as model/float8.cc

inline void CheckLaunch(const char* kernel) {
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string(kernel) + ": " + cudaGetErrorString(error));
  }
}

__device__ __forceinline__ float Rounded(float x) {
  return __bfloat162float(__float2bfloat16_rn(x));
}

struct Vector8 {
  float x[kVector];
};

__device__ __forceinline__ Vector8 Load(const BFloat16* from) {
  const uint4 bits = *reinterpret_cast<const uint4*>(from);
  const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
  Vector8 v;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    v.x[2 * i] = __uint_as_float(words[i] << 16);
    v.x[2 * i + 1] = __uint_as_float(words[i] & 0xFFFF0000U);
  }
  return v;
}

__device__ __forceinline__ void Store(const Vector8& v, BFloat16* to) {
  uint4 bits;
  auto* const pairs = reinterpret_cast<__nv_bfloat162*>(&bits);
#pragma unroll
  for (int i = 0; i < 4; ++i) pairs[i] = __floats2bfloat162_rn(v.x[2 * i], v.x[2 * i + 1]);
  *reinterpret_cast<uint4*>(to) = bits;
}

__device__ __forceinline__ void Round(Vector8* v) {
#pragma unroll
  for (float& x : v->x) x = Rounded(x);
}

struct Sum {
  __device__ static float Of(float a, float b) { return a + b; }
};
struct Max {
  __device__ static float Of(float a, float b) { return fmaxf(a, b); }
};

// Every thread of the block gets the result. `scratch` holds kMaxWarps values and may be used again after the
// next barrier.
template <class Op>
__device__ __forceinline__ float Reduce(float x, float* scratch) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) x = Op::Of(x, __shfl_xor_sync(~0U, x, offset));
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  if (warps == 1) return x;
  if (threadIdx.x % kWarp == 0) scratch[threadIdx.x / kWarp] = x;
  __syncthreads();
  x = scratch[0];
  for (int i = 1; i < warps; ++i) x = Op::Of(x, scratch[i]);
  return x;
}

// Writes a row; the values are already those of bfloat16.
template <int kCount>
__device__ __forceinline__ void Write(const Vector8 (&row)[kCount], std::int64_t at, int vectors,
                                      const RowsOut& out, float* scratch) {
  const std::int64_t begin = at * vectors * kVector;
  if (out.float8 == nullptr) {
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
      if (v < vectors) Store(row[i], out.values + begin + v * kVector);
    }
    return;
  }
  float magnitude = kLeastMagnitude;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
#pragma unroll
    for (const float x : row[i].x) magnitude = fmaxf(magnitude, fabsf(x));
  }
  magnitude = Reduce<Max>(magnitude, scratch);
  const float factor = (1.0F / magnitude) * kLargestFloat8;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int v = static_cast<int>(threadIdx.x) + i * static_cast<int>(blockDim.x);
    if (v >= vectors) continue;
    uint2 bits;
    auto* const pairs = reinterpret_cast<__nv_fp8x2_storage_t*>(&bits);
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      pairs[k] = __nv_cvt_float2_to_fp8x2(make_float2(row[i].x[2 * k] * factor, row[i].x[2 * k + 1] * factor),
                                          __NV_SATFINITE, __NV_E4M3);
    }
    *reinterpret_cast<uint2*>(out.float8 + begin + v * kVector) = bits;
  }
  if (threadIdx.x == 0) out.scales[at] = magnitude / kLargestFloat8;
}

// Calls launch(std::integral_constant<int, vectors a thread>, threads) for a row of that width.
template <class Launch>
void ForWidth(std::int64_t width, const Launch& launch) {
  constexpr int kMaxThreads = kMaxWarps * kWarp;
  const auto vectors = static_cast<int>(width / kVector);
  const auto with = [&](auto count) {
    const int threads = (vectors + count() - 1) / count();
    launch(count, (threads + kWarp - 1) / kWarp * kWarp);
  };
  const int least = (vectors + kMaxThreads - 1) / kMaxThreads;
  // At least two loads in flight.
  if (least <= 2) return with(std::integral_constant<int, 2>());
  if (least <= 3) return with(std::integral_constant<int, 3>());
  if (least <= 4) return with(std::integral_constant<int, 4>());
  if (least <= 6) return with(std::integral_constant<int, 6>());
  with(std::integral_constant<int, 8>());
}

}  // namespace vlr::cuda
