#include <algorithm>

#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kMaxHeadThreads = 1024;

// Four values, two to a register.
struct Pairs {
  __nv_bfloat162 low, high;
};
__device__ __forceinline__ Pairs LoadPairs(const BFloat16* from) {
  const uint2 bits = *reinterpret_cast<const uint2*>(from);
  Pairs pairs;
  pairs.low = *reinterpret_cast<const __nv_bfloat162*>(&bits.x);
  pairs.high = *reinterpret_cast<const __nv_bfloat162*>(&bits.y);
  return pairs;
}
__device__ __forceinline__ void Store(const Pairs& pairs, BFloat16* to) {
  uint2 bits;
  bits.x = *reinterpret_cast<const std::uint32_t*>(&pairs.low);
  bits.y = *reinterpret_cast<const std::uint32_t*>(&pairs.high);
  *reinterpret_cast<uint2*>(to) = bits;
}
__device__ __forceinline__ float Squares(const Pairs& pairs) {
  const float2 a = __bfloat1622float2(pairs.low);
  const float2 b = __bfloat1622float2(pairs.high);
  return a.x * a.x + a.y * a.y + b.x * b.x + b.y * b.y;
}
// w · round(x · scale), rounded.
__device__ __forceinline__ __nv_bfloat162 Normed(__nv_bfloat162 x, float scale, __nv_bfloat162 w) {
  const float2 wide = __bfloat1622float2(x);
  return __hmul2_rn(w, __floats2bfloat162_rn(wide.x * scale, wide.y * scale));
}

// A block a row of heads, kDim / 8 lanes a head: a lane holds four neighbours of its first half and their
// partners in the second, so that it turns them by itself.
template <int kDim>
__global__ void __launch_bounds__(kMaxHeadThreads)
    NormRotateKernel(BFloat16* x, std::int64_t row_stride, int heads, int split, const BFloat16* first_weight,
                     const BFloat16* second_weight, float eps, const BFloat16* cos, const BFloat16* sin) {
  constexpr int kHalf = kDim / 2;
  constexpr int kLanes = kDim / 8;
  const std::int64_t row = blockIdx.x;
  const int at = static_cast<int>(threadIdx.x) % kLanes * 4;
  const Pairs c = LoadPairs(cos + row * kHalf + at);
  const Pairs s = LoadPairs(sin + row * kHalf + at);
  const int step = static_cast<int>(blockDim.x) / kLanes;
  const int first = static_cast<int>(threadIdx.x) / kLanes;
  // Every lane of a warp takes part to the end, in another head's place where there are too few.
  for (int begin = 0; begin < heads; begin += step) {
    const int head = min(begin + first, heads - 1);
    BFloat16* const own = x + row * row_stride + head * kDim + at;
    const BFloat16* const weight = (head < split ? first_weight : second_weight) + at;
    Pairs a = LoadPairs(own);
    Pairs b = LoadPairs(own + kHalf);
    const Pairs wa = LoadPairs(weight);
    const Pairs wb = LoadPairs(weight + kHalf);
    float squares = Squares(a) + Squares(b);
#pragma unroll
    for (int offset = kLanes / 2; offset > 0; offset /= 2) {
      squares += __shfl_xor_sync(~0U, squares, offset);
    }
    const float scale = rsqrtf(squares / kDim + eps);
    a = {Normed(a.low, scale, wa.low), Normed(a.high, scale, wa.high)};
    b = {Normed(b.low, scale, wb.low), Normed(b.high, scale, wb.high)};
    if (begin + first >= heads) continue;
    // Products and sums of two bfloat16 numbers, each rounded by itself.
    Store({__hsub2_rn(__hmul2_rn(a.low, c.low), __hmul2_rn(b.low, s.low)),
           __hsub2_rn(__hmul2_rn(a.high, c.high), __hmul2_rn(b.high, s.high))},
          own);
    Store({__hadd2_rn(__hmul2_rn(b.low, c.low), __hmul2_rn(a.low, s.low)),
           __hadd2_rn(__hmul2_rn(b.high, c.high), __hmul2_rn(a.high, s.high))},
          own + kHalf);
  }
}

constexpr int kGroup = 4;  // values of an 8-byte access

__global__ void __launch_bounds__(kThreads)
    RotateKernel(BFloat16* x, std::int64_t row_stride, std::int64_t total, int heads, int dim,
                 const float* cos, const float* sin) {
  const std::int64_t item = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (item >= total) return;
  const int half = dim / 2;
  const int groups = half / kGroup;
  const int group = static_cast<int>(item % groups);
  const std::int64_t row = item / groups / heads;
  const int head = static_cast<int>(item / groups % heads);
  BFloat16* const low = x + row * row_stride + head * dim + group * kGroup;
  BFloat16* const high = low + half;
  const float4 c = *reinterpret_cast<const float4*>(cos + row * half + group * kGroup);
  const float4 s = *reinterpret_cast<const float4*>(sin + row * half + group * kGroup);
  union Values {
    uint2 bits;
    __nv_bfloat16 x[kGroup];
  };
  Values a, b;
  a.bits = *reinterpret_cast<const uint2*>(low);
  b.bits = *reinterpret_cast<const uint2*>(high);
  const float cosines[kGroup] = {c.x, c.y, c.z, c.w};
  const float sines[kGroup] = {s.x, s.y, s.z, s.w};
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    const float p = __bfloat162float(a.x[i]);
    const float q = __bfloat162float(b.x[i]);
    a.x[i] = __float2bfloat16_rn(p * cosines[i] - q * sines[i]);
    b.x[i] = __float2bfloat16_rn(q * cosines[i] + p * sines[i]);
  }
  *reinterpret_cast<uint2*>(low) = a.bits;
  *reinterpret_cast<uint2*>(high) = b.bits;
}

unsigned Blocks(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

}  // namespace

void NormRotateHeads(BFloat16* x, std::int64_t row_stride, std::int64_t rows, std::int64_t heads,
                     std::int64_t split, std::int64_t dim, const BFloat16* first_weight,
                     const BFloat16* second_weight, float eps, const BFloat16* cos, const BFloat16* sin,
                     Stream stream) {
  if (rows * heads == 0) return;
  const auto lanes = static_cast<int>((heads * dim / 8 + kWarp - 1) / kWarp * kWarp);
  const auto launch = [&](auto kernel) {
    kernel<<<static_cast<unsigned>(rows), std::min(lanes, kMaxHeadThreads), 0, stream>>>(
        x, row_stride, static_cast<int>(heads), static_cast<int>(split), first_weight, second_weight, eps,
        cos, sin);
  };
  if (dim == 64) launch(NormRotateKernel<64>);
  if (dim == 128) launch(NormRotateKernel<128>);
  if (dim == 256) launch(NormRotateKernel<256>);
  CheckLaunch("NormRotateHeads");
}

void RotateHeads(BFloat16* x, std::int64_t row_stride, std::int64_t rows, std::int64_t heads,
                 std::int64_t dim, const float* cos, const float* sin, Stream stream) {
  const std::int64_t total = rows * heads * (dim / 2 / kGroup);
  if (total == 0) return;
  RotateKernel<<<Blocks(total), kThreads, 0, stream>>>(x, row_stride, total, static_cast<int>(heads),
                                                       static_cast<int>(dim), cos, sin);
  CheckLaunch("RotateHeads");
}

}  // namespace vlr::cuda
