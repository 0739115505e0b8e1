#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kAtOnce = 4;  // vectors of a thread, all under way together

template <bool kIntegers>
__device__ __forceinline__ Vector8 Widened(uint2 bits, float scale) {
  const std::uint32_t words[2] = {bits.x, bits.y};
  Vector8 v;
#pragma unroll
  for (int k = 0; k < kVector; ++k) {
    const auto byte = static_cast<std::uint8_t>(words[k / 4] >> (8 * (k % 4)));
    if constexpr (kIntegers) {
      v.x[k] = static_cast<float>(static_cast<std::int8_t>(byte));
    } else {
      v.x[k] = __half2float(__half(__nv_cvt_fp8_to_halfraw(byte, __NV_E4M3)));
    }
    v.x[k] *= scale;
  }
  return v;
}

// A block a row.
template <bool kIntegers>
__global__ void __launch_bounds__(kThreads)
    UnpackKernel(const std::uint8_t* x, const float* scales, int vectors, BFloat16* out) {
  const std::int64_t row = blockIdx.x;
  const float scale = scales[row];
  const auto* const from = reinterpret_cast<const uint2*>(x) + row * vectors;
  BFloat16* const to = out + row * vectors * kVector;
  for (int begin = static_cast<int>(threadIdx.x); begin < vectors; begin += kAtOnce * kThreads) {
    uint2 bits[kAtOnce];
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      if (begin + i * kThreads < vectors) bits[i] = from[begin + i * kThreads];
    }
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      const int v = begin + i * kThreads;
      if (v < vectors) Store(Widened<kIntegers>(bits[i], scale), to + v * kVector);
    }
  }
}

}  // namespace

void Unpack(const EightBits& from, std::int64_t rows, std::int64_t width, BFloat16* out, Stream stream) {
  if (rows == 0) return;
  const auto launch = [&](auto kernel) {
    kernel<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(from.x, from.scales,
                                                                 static_cast<int>(width / kVector), out);
  };
  launch(from.integers ? UnpackKernel<true> : UnpackKernel<false>);
  CheckLaunch("Unpack");
}

}  // namespace vlr::cuda
