// Attention over packed sequences, for Hopper.
//
// A block takes 64 rows a consumer warpgroup; a row is one query of one head, and the heads that share their
// keys stand together. A producer warp copies tiles of 128 keys and values into a ring in shared memory;
// while one warpgroup is at its products, another is at its exponentials. After Dao et al., FlashAttention
// (arXiv 2205.14135), with the running maximum and sum of Milakov and Gimelshein (arXiv 1805.02867).
#include <cudaTypedefs.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <type_traits>

#include "model/cuda/hopper.cuh"
#include "model/cuda/rows.cuh"

namespace vlr::cuda {
namespace {

using namespace hopper;  // NOLINT: every name in here is an instruction

constexpr int kWarpgroup = 128;
constexpr int kRows = 64;         // of a warpgroup
constexpr int kKeys = 128;        // of a tile
constexpr int kChunk = 64;        // values of a row that a swizzle of 128 bytes spans
constexpr int kTail = 16;         // values of a row that a swizzle of 32 bytes spans
constexpr int kAlignment = 1024;  // of a swizzled tile

// How a head of `kDim` values is cut: chunks of 64 values, and what remains, which the copies fill up with
// zeros.
template <int kDim>
struct Shape {
  static constexpr int kChunks = kDim / kChunk;
  static constexpr bool kHasTail = kDim % kChunk != 0;
  // The copies of tails take longest.
  static constexpr int kStages = kHasTail ? 3 : 2;
  static constexpr int kTailValues = kHasTail ? kTail : 0;
  static constexpr int kTailPlaces = kHasTail ? kTail : 1;  // no array is empty
  // Values have d along the products' outer extent, which a swizzle of 128 bytes alone can place.
  static constexpr int kValueChunks = kChunks + (kHasTail ? 1 : 0);
  // Wide heads leave a thread fewer registers for a third warpgroup.
  static constexpr int kConsumers = kDim > 72 ? 2 : 3;
  static constexpr int kBlockRows = kRows * kConsumers;
  static constexpr int kThreads = (kConsumers + 1) * kWarpgroup;
  static constexpr int kProducerRegisters = kConsumers == 2 ? 24 : 32;
  static constexpr int kConsumerRegisters = kConsumers == 2 ? 240 : 160;
};

template <int kDim>
struct Shared {
  using S = Shape<kDim>;
  alignas(kAlignment) BFloat16 query[S::kChunks][S::kBlockRows * kChunk];
  alignas(kAlignment) BFloat16 query_tail[S::kBlockRows * S::kTailPlaces];
  alignas(kAlignment) BFloat16 key[S::kStages][S::kChunks][kKeys * kChunk];
  alignas(kAlignment) BFloat16 key_tail[S::kStages][kKeys * S::kTailPlaces];
  alignas(kAlignment) BFloat16 value[S::kStages][S::kValueChunks][kKeys * kChunk];
  alignas(8) std::uint64_t query_full;
  std::uint64_t key_full[S::kStages], key_empty[S::kStages], value_full[S::kStages], value_empty[S::kStages];

  static constexpr unsigned kRowBytes = (S::kChunks * kChunk + S::kTailValues) * sizeof(BFloat16);
  static constexpr unsigned kQueryBytes = S::kBlockRows * kRowBytes;
  static constexpr unsigned kKeyBytes = kKeys * kRowBytes;
  static constexpr unsigned kValueBytes = kKeys * S::kValueChunks * kChunk * sizeof(BFloat16);
};

struct Maps {
  CUtensorMap query, query_tail, key, key_tail, value;
};

struct Arguments {
  const std::int32_t* query_offsets;
  const std::int32_t* key_offsets;
  BFloat16* out;  // [queries, key_heads · group · dim]
  int key_heads;
  int group;    // heads that share their keys
  float scale;  // of a score, times log2(e)
};

// What a block is at.
struct Work {
  int key_head;
  int first_query;  // of the block, among all queries
  int last_query;   // of the sequence, behind it
  int first_key;
  int keys;   // that the block's last query sees
  int sight;  // keys that the block's first query sees
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
__device__ void Produce(Shared<kDim>& shared, const Maps& maps, const Work& work, int group) {
  using S = Shape<kDim>;
  constexpr int kTailBegin = S::kChunks * kChunk;
  const int first_head = work.key_head * group;
  ArriveExpecting(&shared.query_full, Shared<kDim>::kQueryBytes);
#pragma unroll
  for (int c = 0; c < S::kChunks; ++c) {
    LoadBox(shared.query[c], &maps.query, &shared.query_full, c * kChunk, first_head, work.first_query);
  }
  if (S::kHasTail) {
    LoadBox(shared.query_tail, &maps.query_tail, &shared.query_full, kTailBegin, first_head,
            work.first_query);
  }
  const int tiles = (work.keys + kKeys - 1) / kKeys;
  for (int tile = 0; tile < tiles; ++tile) {
    const int stage = tile % S::kStages;
    const unsigned free_parity = (tile / S::kStages + 1) % 2;
    const int key = work.first_key + tile * kKeys;
    Wait(&shared.key_empty[stage], free_parity);
    ArriveExpecting(&shared.key_full[stage], Shared<kDim>::kKeyBytes);
#pragma unroll
    for (int c = 0; c < S::kChunks; ++c) {
      LoadBox(shared.key[stage][c], &maps.key, &shared.key_full[stage], c * kChunk, work.key_head, key);
    }
    if (S::kHasTail) {
      LoadBox(shared.key_tail[stage], &maps.key_tail, &shared.key_full[stage], kTailBegin, work.key_head,
              key);
    }
    Wait(&shared.value_empty[stage], free_parity);
    ArriveExpecting(&shared.value_full[stage], Shared<kDim>::kValueBytes);
#pragma unroll
    for (int c = 0; c < S::kValueChunks; ++c) {
      LoadBox(shared.value[stage][c], &maps.value, &shared.value_full[stage], c * kChunk, work.key_head, key);
    }
  }
}

template <int kDim, bool kCausal>
__device__ void Consume(Shared<kDim>& shared, const Arguments& arguments, const Work& work, int consumer) {
  using S = Shape<kDim>;
  constexpr int kScores = kKeys / 2;  // of a thread: two rows, a quarter of the columns
  constexpr int kOut = kDim / 2;
  constexpr unsigned kGroup = 8 * kChunk * sizeof(BFloat16);  // eight rows
  constexpr unsigned kTailGroup = 8 * kTail * sizeof(BFloat16);
  constexpr unsigned kStep = 16 * sizeof(BFloat16) >> 4;  // in a descriptor: 16 values along a row
  constexpr unsigned kKeyStep = 2 * kGroup >> 4;          // 16 rows
  const int thread = static_cast<int>(threadIdx.x) % kWarpgroup;
  const int lane = thread % kWarp;
  // The first of the thread's two rows, in the block; the other is eight below.
  const int first_row = consumer * kRows + thread / kWarp * 16 + lane / 4;

  float out[kOut] = {};
  float scores[kScores];
  float maximum[2] = {-INFINITY, -INFINITY};
  float sum[2] = {0, 0};
  int sight[2];
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    sight[row] = kCausal ? min(work.sight + (first_row + 8 * row) / arguments.group, work.keys) : work.keys;
  }

  std::uint64_t query[S::kChunks];
#pragma unroll
  for (int c = 0; c < S::kChunks; ++c) {
    query[c] = Matrix(shared.query[c] + consumer * kRows * kChunk, 16, kGroup, Swizzle::k128);
  }
  const std::uint64_t query_tail =
      S::kHasTail ? Matrix(shared.query_tail + consumer * kRows * kTail, 16, kTailGroup, Swizzle::k32) : 0;
  Wait(&shared.query_full, 0);

  // Begins the products of the queries and a tile's keys.
  const auto begin_scores = [&](int tile) __attribute__((always_inline)) {
    const int stage = tile % S::kStages;
    Wait(&shared.key_full[stage], tile / S::kStages % 2);
    Pin(scores);
    FenceProducts();
#pragma unroll
    for (int c = 0; c < S::kChunks; ++c) {
      const std::uint64_t key = Matrix(shared.key[stage][c], 16, kGroup, Swizzle::k128);
#pragma unroll
      for (int step = 0; step < kChunk / 16; ++step) {
        Product128(scores, query[c] + step * kStep, key + step * kStep, c + step > 0);
      }
    }
    if (S::kHasTail) {
      Product128(scores, query_tail, Matrix(shared.key_tail[stage], 16, kTailGroup, Swizzle::k32), true);
    }
    CommitProducts();
  };
  // Scores to weights, and what those before shrink by.
  float shrink[2];
  const auto soften = [&](int tile, auto masked) __attribute__((always_inline)) {
    Pin(scores);
    ArriveIf(thread == 0, &shared.key_empty[tile % S::kStages]);
    // Column 8 · i + 2 · (lane % 4) + {0, 1} of rows lane / 4 and lane / 4 + 8 is scores[4 · i + {0, 1}] and
    // [4 · i + {2, 3}].
    if constexpr (decltype(masked)::value) {
      const int column = tile * kKeys + 2 * (lane % 4);
#pragma unroll
      for (int i = 0; i < kScores; ++i) {
        if (column + 8 * (i / 4) + i % 2 >= sight[i / 2 % 2]) scores[i] = -INFINITY;
      }
    }
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      float most = maximum[row];
#pragma unroll
      for (int i = 0; i < kScores; i += 4) {
        most = fmaxf(most, fmaxf(scores[i + 2 * row], scores[i + 2 * row + 1]));
      }
      most = QuadMax(most);  // finite: every row sees the first key of all
      shrink[row] = Exp2((maximum[row] - most) * arguments.scale);
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
      sum[row] = sum[row] * shrink[row] + part;
    }
  };
  std::uint32_t weights[kKeys / 16][4];
  const auto round_weights = [&]() __attribute__((always_inline)) {
#pragma unroll
    for (int step = 0; step < kKeys / 16; ++step) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        weights[step][i] = Pair(scores[8 * step + 2 * i], scores[8 * step + 2 * i + 1]);
      }
    }
  };
  // Begins the products of the weights and a tile's values.
  const auto begin_values = [&](int tile) __attribute__((always_inline)) {
    const int stage = tile % S::kStages;
    Wait(&shared.value_full[stage], tile / S::kStages % 2);
    const std::uint64_t value =
        Matrix(shared.value[stage], kKeys * kChunk * sizeof(BFloat16), kGroup, Swizzle::k128);
    Pin(out);
    FenceProducts();
#pragma unroll
    for (int step = 0; step < kKeys / 16; ++step) AddProduct(out, weights[step], value + step * kKeyStep);
    CommitProducts();
  };
  const auto end_values = [&](int tile) __attribute__((always_inline)) {
    WaitProducts<0>();
    Pin(out);
    ArriveIf(thread == 0, &shared.value_empty[tile % S::kStages]);
  };

  const auto rescale = [&]() __attribute__((always_inline)) {
#pragma unroll
    for (int i = 0; i < kOut; ++i) out[i] *= shrink[i / 2 % 2];
  };

  const int tiles = (work.keys + kKeys - 1) / kKeys;
  const int whole = (kCausal ? work.sight : work.keys) / kKeys;  // tiles whose keys every row sees
  // In two branches, since ptxas moves a wait up to the beginning of its basic block: with one, the wait for
  // the values' products would come before the exponentials that run beside them.
  const auto soften_some = [&](int tile) __attribute__((always_inline)) {
    if (tile < whole) {
      soften(tile, std::false_type{});
    } else {
      soften(tile, std::true_type{});
    }
  };
  begin_scores(0);
  WaitProducts<0>();
  soften_some(0);
  round_weights();
  for (int tile = 1; tile < tiles; ++tile) {
    begin_scores(tile);
    begin_values(tile - 1);
    WaitProducts<1>();
    soften_some(tile);
    end_values(tile - 1);
    rescale();
    round_weights();
  }
  begin_values(tiles - 1);
  end_values(tiles - 1);

#pragma unroll
  for (int row = 0; row < 2; ++row) {
    const float inverse = 1.0F / QuadSum(sum[row]);
    const int at = first_row + 8 * row;
    const int query_at = work.first_query + at / arguments.group;
    if (query_at >= work.last_query) continue;
    const std::int64_t head =
        (static_cast<std::int64_t>(query_at) * arguments.key_heads + work.key_head) * arguments.group +
        at % arguments.group;
    BFloat16* const to = arguments.out + head * kDim + 2 * (lane % 4);
#pragma unroll
    for (int i = 0; i < kOut; i += 4) {
      *reinterpret_cast<std::uint32_t*>(to + 2 * i) =
          Pair(out[i + 2 * row] * inverse, out[i + 2 * row + 1] * inverse);
    }
  }
}

template <int kDim, bool kCausal>
__global__ void __launch_bounds__(Shape<kDim>::kThreads, 1)
    AttentionKernel(const __grid_constant__ Maps maps, const Arguments arguments) {
  using S = Shape<kDim>;
  extern __shared__ std::uint8_t memory[];
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  auto& shared = *reinterpret_cast<Shared<kDim>*>((address + kAlignment - 1) / kAlignment * kAlignment);
  const int sequence = static_cast<int>(blockIdx.z);
  const int begin = arguments.query_offsets[sequence];
  const int block_queries = S::kBlockRows / arguments.group;
  // Late blocks of a causal sequence have most to do: they go first.
  const int block = static_cast<int>(kCausal ? gridDim.x - 1 - blockIdx.x : blockIdx.x);
  Work work;
  work.key_head = static_cast<int>(blockIdx.y);
  work.first_query = begin + block * block_queries;
  work.last_query = arguments.query_offsets[sequence + 1];
  if (work.first_query >= work.last_query) return;
  work.first_key = arguments.key_offsets[sequence];
  const int all_keys = arguments.key_offsets[sequence + 1] - work.first_key;
  work.keys = all_keys;
  work.sight = all_keys;
  if (kCausal) {
    const int earlier = all_keys - (work.last_query - begin);  // keys before the sequence's first query
    work.sight = earlier + block * block_queries + 1;
    work.keys = min(all_keys, work.sight + block_queries - 1);
  }

  if (threadIdx.x == 0) {
    InitBarrier(&shared.query_full, 1);
    for (int stage = 0; stage < S::kStages; ++stage) {
      InitBarrier(&shared.key_full[stage], 1);
      InitBarrier(&shared.value_full[stage], 1);
      InitBarrier(&shared.key_empty[stage], S::kConsumers);
      InitBarrier(&shared.value_empty[stage], S::kConsumers);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  __syncthreads();

  const int warpgroup = static_cast<int>(threadIdx.x) / kWarpgroup;
  if (warpgroup == 0) {
    ShrinkRegisters<S::kProducerRegisters>();
    if (threadIdx.x == 0) Produce<kDim>(shared, maps, work, arguments.group);
  } else {
    GrowRegisters<S::kConsumerRegisters>();
    Consume<kDim, kCausal>(shared, arguments, work, warpgroup - 1);
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

// Boxes of `width` values of `heads` heads of `rows` rows of x [n, x.heads, dim].
CUtensorMap MapOf(const PackedHeads& x, std::int64_t dim, unsigned width, std::int64_t heads,
                  std::int64_t rows) {
  const cuuint64_t extents[] = {static_cast<cuuint64_t>(dim), static_cast<cuuint64_t>(x.heads),
                                static_cast<cuuint64_t>(x.rows)};
  const cuuint64_t strides[] = {static_cast<cuuint64_t>(dim) * sizeof(BFloat16),
                                static_cast<cuuint64_t>(x.row_stride) * sizeof(BFloat16)};
  const cuuint32_t box[] = {width, static_cast<cuuint32_t>(heads), static_cast<cuuint32_t>(rows)};
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

template <int kDim, bool kCausal>
void Launch(const PackedHeads& query, const PackedHeads& key, const PackedHeads& value,
            const PackedBounds& bounds, BFloat16* out, Stream stream) {
  using S = Shape<kDim>;
  constexpr int kBytes = sizeof(Shared<kDim>) + kAlignment;
  // A device's own attribute, so not once for all.
  if (cudaFuncSetAttribute(AttentionKernel<kDim, kCausal>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                           kBytes) != cudaSuccess) {
    throw std::runtime_error("no shared memory for attention");
  }
  const std::int64_t group = query.heads / key.heads;
  const std::int64_t block_queries = S::kBlockRows / group;
  Maps maps{};
  maps.query = MapOf(query, kDim, kChunk, group, block_queries);
  maps.key = MapOf(key, kDim, kChunk, 1, kKeys);
  maps.value = MapOf(value, kDim, kChunk, 1, kKeys);
  if (S::kHasTail) {
    maps.query_tail = MapOf(query, kDim, kTail, group, block_queries);
    maps.key_tail = MapOf(key, kDim, kTail, 1, kKeys);
  }
  const float scale = std::log2(std::exp(1.0F)) / std::sqrt(static_cast<float>(kDim));
  const dim3 grid(static_cast<unsigned>((bounds.longest_query + block_queries - 1) / block_queries),
                  static_cast<unsigned>(key.heads), static_cast<unsigned>(bounds.sequences));
  AttentionKernel<kDim, kCausal><<<grid, S::kThreads, kBytes, stream>>>(
      maps, {bounds.query_offsets, bounds.key_offsets, out, static_cast<int>(key.heads),
             static_cast<int>(group), scale});
  CheckLaunch("Attention");
}

}  // namespace

bool HasAttention(int device, std::int64_t dim, std::int64_t heads, std::int64_t key_heads) {
  const bool known = dim == 64 || dim == 72 || dim == 80 || dim == 128;
  if (!known || heads % key_heads != 0 || kRows % (heads / key_heads) != 0) return false;
  int major = 0;
  return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
         major == 9 && Encoder() != nullptr;
}

void Attention(const PackedHeads& query, const PackedHeads& key, const PackedHeads& value, std::int64_t dim,
               const PackedBounds& bounds, bool causal, BFloat16* out, Stream stream) {
  const auto launch = [&](auto kernel) { kernel(query, key, value, bounds, out, stream); };
  if (dim == 64) launch(causal ? Launch<64, true> : Launch<64, false>);
  if (dim == 72) launch(causal ? Launch<72, true> : Launch<72, false>);
  if (dim == 80) launch(causal ? Launch<80, true> : Launch<80, false>);
  if (dim == 128) launch(causal ? Launch<128, true> : Launch<128, false>);
}

}  // namespace vlr::cuda
