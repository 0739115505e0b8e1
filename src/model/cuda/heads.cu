#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

constexpr int kThreads = 256;

// A warp a head; a lane holds kOwn neighbours of it, so that its partners in the other half are sixteen lanes
// away.
template <int kOwn>
__global__ void __launch_bounds__(kThreads)
    NormRotateKernel(BFloat16* x, std::int64_t row_stride, std::int64_t total, int heads, int split,
                     const BFloat16* first_weight, const BFloat16* second_weight, float eps,
                     const BFloat16* cos, const BFloat16* sin) {
  constexpr int kDim = kOwn * kWarp;
  using Bits = std::conditional_t<kOwn == 2, std::uint32_t, std::conditional_t<kOwn == 4, uint2, uint4>>;
  union Values {
    Bits bits;
    __nv_bfloat16 x[kOwn];
  };
  const auto load = [](const BFloat16* from) {
    Values v;
    v.bits = *reinterpret_cast<const Bits*>(from);
    return v;
  };
  const std::int64_t item = (std::int64_t{blockIdx.x} * kThreads + threadIdx.x) / kWarp;
  if (item >= total) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t row = item / heads;
  const int head = static_cast<int>(item % heads);
  BFloat16* const own = x + row * row_stride + head * kDim + lane * kOwn;
  const int angle = (lane % (kWarp / 2)) * kOwn;
  Values v = load(own);
  const Values w = load((head < split ? first_weight : second_weight) + lane * kOwn);
  const Values c = load(cos + row * (kDim / 2) + angle);
  const Values s = load(sin + row * (kDim / 2) + angle);
  float y[kOwn];
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kOwn; ++i) {
    y[i] = __bfloat162float(v.x[i]);
    squares += y[i] * y[i];
  }
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) squares += __shfl_xor_sync(~0U, squares, offset);
  const float scale = rsqrtf(squares / kDim + eps);
  const bool low = lane < kWarp / 2;
#pragma unroll
  for (int i = 0; i < kOwn; ++i) {
    y[i] = Rounded(__bfloat162float(w.x[i]) * Rounded(y[i] * scale));
    const float other = __shfl_xor_sync(~0U, y[i], kWarp / 2);
    const float turned = Rounded(y[i] * __bfloat162float(c.x[i]));
    const float across = Rounded(other * __bfloat162float(s.x[i]));
    v.x[i] = __float2bfloat16_rn(low ? turned - across : turned + across);
  }
  *reinterpret_cast<Bits*>(own) = v.bits;
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
  const std::int64_t total = rows * heads;
  if (total == 0) return;
  const auto launch = [&](auto kernel) {
    kernel<<<Blocks(total * kWarp), kThreads, 0, stream>>>(x, row_stride, total, static_cast<int>(heads),
                                                           static_cast<int>(split), first_weight,
                                                           second_weight, eps, cos, sin);
  };
  if (dim == 2 * kWarp) launch(NormRotateKernel<2>);
  if (dim == 4 * kWarp) launch(NormRotateKernel<4>);
  if (dim == 8 * kWarp) launch(NormRotateKernel<8>);
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
