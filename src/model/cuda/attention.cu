// Attention without a mask over packed sequences, for Hopper: what a vision tower spends most of its time on.
//
// A block takes 192 queries of one head. A producer warp copies tiles of 128 keys and values into a ring in
// shared memory; three warpgroups hold 64 queries each, and while one of them is at its products the others
// are at their exponentials. After Dao et al., FlashAttention (arXiv 2205.14135), with the running maximum
// and sum of Milakov and Gimelshein (arXiv 1805.02867).
#include <cudaTypedefs.h>

#include <cmath>
#include <stdexcept>

#include "model/cuda/hopper.cuh"
#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

using namespace hopper;  // NOLINT: every name in here is an instruction

constexpr int kWarpgroup = 128;
constexpr int kConsumers = 3;
constexpr int kQueries = 64 * kConsumers;  // of a block
constexpr int kKeys = 128;                 // of a tile
constexpr int kStages = 2;
constexpr int kChunk = 64;  // values of a row that a swizzle of 128 bytes spans
constexpr int kTail = 16;   // values of a row that a swizzle of 32 bytes spans
constexpr int kProducerRegisters = 32;
constexpr int kConsumerRegisters = 160;
constexpr int kAlignment = 1024;  // of a swizzled tile

// Rows are cut into their first 64 values and the rest, which the copies fill up with zeros.
template <int kDim>
struct Shared {
  static constexpr bool kHasTail = kDim > kChunk;
  static constexpr int kTailValues = kHasTail ? kTail : 0;
  static constexpr int kTailPlaces = kHasTail ? kTail : 1;  // no array is empty
  // Values have d along the products' outer extent, which a swizzle of 128 bytes alone can place.
  static constexpr int kValueTailValues = kHasTail ? kChunk : 0;

  alignas(kAlignment) BFloat16 query[kQueries * kChunk];
  alignas(kAlignment) BFloat16 query_tail[kQueries * kTailPlaces];
  alignas(kAlignment) BFloat16 key[kStages][kKeys * kChunk];
  alignas(kAlignment) BFloat16 key_tail[kStages][kKeys * kTailPlaces];
  alignas(kAlignment) BFloat16 value[kStages][kKeys * (kChunk + kValueTailValues)];
  alignas(8) std::uint64_t query_full;
  std::uint64_t key_full[kStages], key_empty[kStages], value_full[kStages], value_empty[kStages];

  static constexpr unsigned kQueryBytes = kQueries * (kChunk + kTailValues) * sizeof(BFloat16);
  static constexpr unsigned kKeyBytes = kKeys * (kChunk + kTailValues) * sizeof(BFloat16);
  static constexpr unsigned kValueBytes = kKeys * (kChunk + kValueTailValues) * sizeof(BFloat16);
};

struct Maps {
  CUtensorMap query, query_tail, key, key_tail, value;
};

struct Arguments {
  const std::int32_t* query_offsets;
  const std::int32_t* key_offsets;
  BFloat16* out;  // [queries, heads · dim]
  int heads;
  float scale;  // of a score, times log2(e)
};

__device__ __forceinline__ float Exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

__device__ __forceinline__ std::uint32_t Pair(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}

// Over the four lanes that share rows of an accumulator.
__device__ __forceinline__ float QuadMax(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0U, x, 1));
  return fmaxf(x, __shfl_xor_sync(~0U, x, 2));
}
__device__ __forceinline__ float QuadSum(float x) {
  x += __shfl_xor_sync(~0U, x, 1);
  return x + __shfl_xor_sync(~0U, x, 2);
}

template <int kDim>
__device__ void Produce(Shared<kDim>& shared, const Maps& maps, int head, int first_query, int first_key,
                        int tiles) {
  constexpr bool kHasTail = Shared<kDim>::kHasTail;
  ArriveExpecting(&shared.query_full, Shared<kDim>::kQueryBytes);
  LoadBox(shared.query, &maps.query, &shared.query_full, 0, head, first_query);
  if (kHasTail) LoadBox(shared.query_tail, &maps.query_tail, &shared.query_full, kChunk, head, first_query);
  for (int tile = 0; tile < tiles; ++tile) {
    const int stage = tile % kStages;
    const unsigned free_parity = (tile / kStages + 1) % 2;
    const int key = first_key + tile * kKeys;
    Wait(&shared.key_empty[stage], free_parity);
    ArriveExpecting(&shared.key_full[stage], Shared<kDim>::kKeyBytes);
    LoadBox(shared.key[stage], &maps.key, &shared.key_full[stage], 0, head, key);
    if (kHasTail) LoadBox(shared.key_tail[stage], &maps.key_tail, &shared.key_full[stage], kChunk, head, key);
    Wait(&shared.value_empty[stage], free_parity);
    ArriveExpecting(&shared.value_full[stage], Shared<kDim>::kValueBytes);
    LoadBox(shared.value[stage], &maps.value, &shared.value_full[stage], 0, head, key);
    if (kHasTail) {
      LoadBox(shared.value[stage] + kKeys * kChunk, &maps.value, &shared.value_full[stage], kChunk, head,
              key);
    }
  }
}

template <int kDim>
__device__ void Consume(Shared<kDim>& shared, const Arguments& arguments, int consumer, int head,
                        int first_query, int last_query, int keys) {
  constexpr bool kHasTail = Shared<kDim>::kHasTail;
  constexpr int kScores = kKeys / 2;  // of a thread: two rows, a quarter of the columns
  constexpr int kOut = kDim / 2;
  constexpr unsigned kGroup = 8 * kChunk * sizeof(BFloat16);  // eight rows
  constexpr unsigned kTailGroup = 8 * kTail * sizeof(BFloat16);
  constexpr unsigned kStep = 16 * sizeof(BFloat16) >> 4;  // in a descriptor: 16 values along a row
  constexpr unsigned kKeyStep = 2 * kGroup >> 4;          // 16 rows
  const int thread = static_cast<int>(threadIdx.x) % kWarpgroup;
  const int lane = thread % kWarp;

  float out[kOut] = {};
  float scores[kScores];
  float maximum[2] = {-INFINITY, -INFINITY};
  float sum[2] = {0, 0};

  const std::uint64_t query = Matrix(shared.query + consumer * 64 * kChunk, 16, kGroup, Swizzle::k128);
  const std::uint64_t query_tail =
      kHasTail ? Matrix(shared.query_tail + consumer * 64 * kTail, 16, kTailGroup, Swizzle::k32) : 0;
  Wait(&shared.query_full, 0);

  const int tiles = (keys + kKeys - 1) / kKeys;
  for (int tile = 0; tile < tiles; ++tile) {
    const int stage = tile % kStages;
    const unsigned parity = tile / kStages % 2;
    Wait(&shared.key_full[stage], parity);
    const std::uint64_t key = Matrix(shared.key[stage], 16, kGroup, Swizzle::k128);
    Pin(scores);
    FenceProducts();
#pragma unroll
    for (int step = 0; step < kChunk / 16; ++step) {
      Product128(scores, query + step * kStep, key + step * kStep, step > 0);
    }
    if (kHasTail) {
      Product128(scores, query_tail, Matrix(shared.key_tail[stage], 16, kTailGroup, Swizzle::k32), true);
    }
    CommitProducts();
    WaitProducts<0>();
    Pin(scores);
    if (thread == 0) Arrive(&shared.key_empty[stage]);

    // Column 8 · i + 2 · (lane % 4) + {0, 1} of rows lane / 4 and lane / 4 + 8 is scores[4 · i + {0, 1}] and
    // [4 · i + {2, 3}].
    const int left = keys - tile * kKeys;
    if (left < kKeys) {
#pragma unroll
      for (int i = 0; i < kScores; ++i) {
        if (8 * (i / 4) + 2 * (lane % 4) + i % 2 >= left) scores[i] = -INFINITY;
      }
    }
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      float most = maximum[row];
#pragma unroll
      for (int i = 0; i < kScores; i += 4)
        most = fmaxf(most, fmaxf(scores[i + 2 * row], scores[i + 2 * row + 1]));
      most = QuadMax(most);  // every tile has a key, so it is finite
      const float shrink = Exp2((maximum[row] - most) * arguments.scale);
      maximum[row] = most;
      const float offset = most * arguments.scale;
      float part = 0;
#pragma unroll
      for (int i = 0; i < kScores; i += 4) {
#pragma unroll
        for (int k = 0; k < 2; ++k) {
          float& score = scores[i + 2 * row + k];
          score = Exp2(fmaf(score, arguments.scale, -offset));
          part += score;
        }
      }
      sum[row] = sum[row] * shrink + part;
#pragma unroll
      for (int i = 0; i < kOut; i += 4) {
        out[i + 2 * row] *= shrink;
        out[i + 2 * row + 1] *= shrink;
      }
    }
    std::uint32_t weights[kKeys / 16][4];
#pragma unroll
    for (int step = 0; step < kKeys / 16; ++step) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        weights[step][i] = Pair(scores[8 * step + 2 * i], scores[8 * step + 2 * i + 1]);
      }
    }

    Wait(&shared.value_full[stage], parity);
    const std::uint64_t value =
        Matrix(shared.value[stage], kKeys * kChunk * sizeof(BFloat16), kGroup, Swizzle::k128);
    Pin(out);
    FenceProducts();
#pragma unroll
    for (int step = 0; step < kKeys / 16; ++step) AddProduct(out, weights[step], value + step * kKeyStep);
    CommitProducts();
    WaitProducts<0>();
    Pin(out);
    if (thread == 0) Arrive(&shared.value_empty[stage]);
  }

#pragma unroll
  for (int row = 0; row < 2; ++row) {
    const float inverse = 1.0F / QuadSum(sum[row]);
    const int at = first_query + consumer * 64 + thread / kWarp * 16 + lane / 4 + 8 * row;
    if (at >= last_query) continue;
    BFloat16* const to =
        arguments.out + (static_cast<std::int64_t>(at) * arguments.heads + head) * kDim + 2 * (lane % 4);
#pragma unroll
    for (int i = 0; i < kOut; i += 4) {
      *reinterpret_cast<std::uint32_t*>(to + 2 * i) =
          Pair(out[i + 2 * row] * inverse, out[i + 2 * row + 1] * inverse);
    }
  }
}

template <int kDim>
__global__ void __launch_bounds__((kConsumers + 1) * kWarpgroup, 1)
    AttentionKernel(const __grid_constant__ Maps maps, const Arguments arguments) {
  extern __shared__ std::uint8_t memory[];
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  auto& shared = *reinterpret_cast<Shared<kDim>*>((address + kAlignment - 1) / kAlignment * kAlignment);
  const int sequence = static_cast<int>(blockIdx.z);
  const int head = static_cast<int>(blockIdx.y);
  const int last_query = arguments.query_offsets[sequence + 1];
  const int first_query = arguments.query_offsets[sequence] + static_cast<int>(blockIdx.x) * kQueries;
  const int first_key = arguments.key_offsets[sequence];
  const int keys = arguments.key_offsets[sequence + 1] - first_key;
  if (first_query >= last_query) return;

  if (threadIdx.x == 0) {
    InitBarrier(&shared.query_full, 1);
    for (int stage = 0; stage < kStages; ++stage) {
      InitBarrier(&shared.key_full[stage], 1);
      InitBarrier(&shared.value_full[stage], 1);
      InitBarrier(&shared.key_empty[stage], kConsumers);
      InitBarrier(&shared.value_empty[stage], kConsumers);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  __syncthreads();

  const int warpgroup = static_cast<int>(threadIdx.x) / kWarpgroup;
  if (warpgroup == 0) {
    ShrinkRegisters<kProducerRegisters>();
    if (threadIdx.x == 0) {
      Produce<kDim>(shared, maps, head, first_query, first_key, (keys + kKeys - 1) / kKeys);
    }
  } else {
    GrowRegisters<kConsumerRegisters>();
    Consume<kDim>(shared, arguments, warpgroup - 1, head, first_query, last_query, keys);
  }
}

PFN_cuTensorMapEncodeTiled_v12000 Encoder() {
  static const auto encoder = [] {
    void* found = nullptr;
    cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
    const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12'000,
                                                               cudaEnableDefault, &result);
    return error == cudaSuccess && result == cudaDriverEntryPointSuccess
               ? reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(found)
               : nullptr;
  }();
  return encoder;
}

// Boxes of `rows` rows and `width` values of one head of x [n, heads, dim].
CUtensorMap MapOf(const PackedHeads& x, std::int64_t heads, std::int64_t dim, unsigned width, unsigned rows) {
  const cuuint64_t extents[] = {static_cast<cuuint64_t>(dim), static_cast<cuuint64_t>(heads),
                                static_cast<cuuint64_t>(x.rows)};
  const cuuint64_t strides[] = {static_cast<cuuint64_t>(dim) * sizeof(BFloat16),
                                static_cast<cuuint64_t>(x.row_stride) * sizeof(BFloat16)};
  const cuuint32_t box[] = {width, 1, rows};
  const cuuint32_t steps[] = {1, 1, 1};
  CUtensorMap map;
  const CUresult result =
      Encoder()(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 3, const_cast<BFloat16*>(x.values), extents, strides,
                box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
                width == kChunk ? CU_TENSOR_MAP_SWIZZLE_128B : CU_TENSOR_MAP_SWIZZLE_32B,
                CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) throw std::runtime_error("no tensor map for attention");
  return map;
}

template <int kDim>
void Launch(const PackedHeads& query, const PackedHeads& key, const PackedHeads& value, std::int64_t heads,
            const std::int32_t* query_offsets, const std::int32_t* key_offsets, std::int64_t sequences,
            std::int64_t longest_query, BFloat16* out, Stream stream) {
  constexpr int kBytes = sizeof(Shared<kDim>) + kAlignment;
  // A device's own attribute, so not once for all.
  if (cudaFuncSetAttribute(AttentionKernel<kDim>, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes) !=
      cudaSuccess) {
    throw std::runtime_error("no shared memory for attention");
  }
  Maps maps{};
  maps.query = MapOf(query, heads, kDim, kChunk, kQueries);
  maps.key = MapOf(key, heads, kDim, kChunk, kKeys);
  maps.value = MapOf(value, heads, kDim, kChunk, kKeys);
  if (Shared<kDim>::kHasTail) {
    maps.query_tail = MapOf(query, heads, kDim, kTail, kQueries);
    maps.key_tail = MapOf(key, heads, kDim, kTail, kKeys);
  }
  const float scale = std::log2(std::exp(1.0F)) / std::sqrt(static_cast<float>(kDim));
  const dim3 grid(static_cast<unsigned>((longest_query + kQueries - 1) / kQueries),
                  static_cast<unsigned>(heads), static_cast<unsigned>(sequences));
  AttentionKernel<kDim><<<grid, (kConsumers + 1) * kWarpgroup, kBytes, stream>>>(
      maps, {query_offsets, key_offsets, out, static_cast<int>(heads), scale});
  CheckLaunch("Attention");
}

}  // namespace

bool HasAttention(int device, std::int64_t dim) {
  if (dim != 64 && dim != 72 && dim != 80) return false;
  int major = 0;
  return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
         major == 9 && Encoder() != nullptr;
}

void Attention(const PackedHeads& query, const PackedHeads& key, const PackedHeads& value, std::int64_t heads,
               std::int64_t dim, const std::int32_t* query_offsets, const std::int32_t* key_offsets,
               std::int64_t sequences, std::int64_t longest_query, BFloat16* out, Stream stream) {
  const auto launch = [&](auto kernel) {
    kernel(query, key, value, heads, query_offsets, key_offsets, sequences, longest_query, out, stream);
  };
  if (dim == 64) launch(Launch<64>);
  if (dim == 72) launch(Launch<72>);
  if (dim == 80) launch(Launch<80>);
}

}  // namespace vlr::cuda
