// Kernels of our own, as plain calls: device pointers and sizes in, work on a stream out. Neither torch nor
// CUDA headers show here, so that host code and nvcc share it.
#pragma once

#include <cstdint>

struct CUstream_st;

namespace vlr::cuda {

using Stream = CUstream_st*;
using BFloat16 = std::uint16_t;  // its bits

// A row is computed by one block that keeps it in registers.
inline constexpr std::int64_t kVector = 8;         // values of a 16-byte access
inline constexpr std::int64_t kMaxWidth = 16'384;  // values of a row

// Where rows go: bfloat16, or eight-bit floats with a float32 scale each. Exactly one of the two is set.
struct RowsOut {
  BFloat16* values = nullptr;      // [n, width]
  std::uint8_t* float8 = nullptr;  // [n, width] e4m3fn
  float* scales = nullptr;         // [n], beside float8
};

// REQUIRES of each of these: width % kVector == 0, width <= kMaxWidth, rows that follow each other unless a
// stride (in values) is given, addresses and strides on 16 bytes. Launch errors are thrown as
// std::runtime_error.

// hidden += delta unless it is null; out = weight · round(hidden / rms(hidden)).
void AddRmsNorm(BFloat16* hidden, const BFloat16* delta, const BFloat16* weight, float eps, std::int64_t rows,
                std::int64_t width, const RowsOut& out, Stream stream);

// The same with (hidden - mean) / √(variance + eps) · weight + bias, rounded once.
void AddLayerNorm(BFloat16* hidden, const BFloat16* delta, const BFloat16* weight, const BFloat16* bias,
                  float eps, std::int64_t rows, std::int64_t width, const RowsOut& out, Stream stream);

// silu(gate) · up of gate_up [rows, 2 · width].
void SwiGlu(const BFloat16* gate_up, std::int64_t rows, std::int64_t width, const RowsOut& out,
            Stream stream);

// The approximation of GELU by tanh. May be in place.
void GeluTanh(const BFloat16* x, std::int64_t rows, std::int64_t width, const RowsOut& out, Stream stream);

// REQUIRES out.float8.
void ToFloat8(const BFloat16* x, std::int64_t rows, std::int64_t width, const RowsOut& out, Stream stream);

// Eight-bit floats (e4m3fn) or integers, x [n, width], to bfloat16: each times its row's scale, rounded once.
struct EightBits {
  const std::uint8_t* x;
  const float* scales;  // [n]
  bool integers;
};
void Unpack(const EightBits& from, std::int64_t rows, std::int64_t width, BFloat16* out, Stream stream);

// In place, for each of rows × heads heads of `dim` values, the heads of a row following each other: RmsNorm
// by weight[first] below `split`, by weight[second] from there, then rotation of its halves by cos, sin
// [rows, dim / 2], every step rounded to bfloat16. REQUIRES dim 64, 128 or 256.
void NormRotateHeads(BFloat16* x, std::int64_t row_stride, std::int64_t rows, std::int64_t heads,
                     std::int64_t split, std::int64_t dim, const BFloat16* first_weight,
                     const BFloat16* second_weight, float eps, const BFloat16* cos, const BFloat16* sin,
                     Stream stream);

// In place: rotation of the halves of `heads` heads of `dim` values a row by cos, sin [rows, dim / 2]
// float32, rounded once. REQUIRES dim % 8 == 0, addresses and strides on 8 bytes.
void RotateHeads(BFloat16* x, std::int64_t row_stride, std::int64_t rows, std::int64_t heads,
                 std::int64_t dim, const float* cos, const float* sin, Stream stream);

// out [count, width] = rows of x by index.
void GatherRows(const BFloat16* x, std::int64_t row_stride, const std::int64_t* index, std::int64_t count,
                std::int64_t width, BFloat16* out, Stream stream);

// x[index[i]] += values[i]; no index twice.
void AddToRows(BFloat16* x, std::int64_t row_stride, const std::int64_t* index, std::int64_t count,
               std::int64_t width, const BFloat16* values, Stream stream);

// Heads [rows, heads, dim] whose heads follow each other in a row.
struct PackedHeads {
  const BFloat16* values;
  std::int64_t row_stride;
  std::int64_t rows;
  std::int64_t heads;
};

// Sequence i has the queries [query_offsets[i], query_offsets[i + 1]) and keys alike, at least one; the
// offsets lie on the device.
struct PackedBounds {
  const std::int32_t* query_offsets;
  const std::int32_t* key_offsets;
  std::int64_t sequences;
  std::int64_t longest_query;
};

// Whether Attention runs on that device: Hopper alone, dim 64, 72, 80 or 128, and groups of heads sharing
// their keys that divide 64.
bool HasAttention(int device, std::int64_t dim, std::int64_t heads, std::int64_t key_heads);

// softmax(q kᵀ / √dim) v, sequence by sequence, without a mask or with model/kernels.h's causal one; out
// [query.rows, query.heads · dim]. REQUIRES HasAttention, less than 65,536 sequences.
void Attention(const PackedHeads& query, const PackedHeads& key, const PackedHeads& value, std::int64_t dim,
               const PackedBounds& bounds, bool causal, BFloat16* out, Stream stream);

}  // namespace vlr::cuda
