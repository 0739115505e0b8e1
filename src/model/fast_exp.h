// exp without a call, so that a loop of it becomes vector code.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace vlr {

// exp(x) to 2 units in the last place; x is clamped to ±87.3, where the result is still a normal number.
// x = k ln 2 + r with |r| ≤ ln 2 / 2; exp(r) is the degree-6 Taylor-like minimax polynomial of Cephes' expf.
inline float FastExp(float x) {
  constexpr float kLimit = 87.3F;
  constexpr float kLog2E = 1.44269504088896341F;
  constexpr float kLn2High = 0.693359375F;
  constexpr float kLn2Low = -2.12194440e-4F;
  x = std::min(std::max(x, -kLimit), kLimit);
  const float k = std::nearbyint(x * kLog2E);
  const float r = (x - k * kLn2High) - k * kLn2Low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float mantissa = (p * r * r + r) + 1.0F;
  const auto exponent = static_cast<std::uint32_t>(static_cast<std::int32_t>(k) + 127) << 23;
  return mantissa * std::bit_cast<float>(exponent);
}

}  // namespace vlr
