// Large buffers of bytes that are written right after they are made.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace vlr {

// std::allocator, but elements that are given no value get none.
template <class T>
struct UninitializedAllocator : std::allocator<T> {
  template <class U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
};

// What resize() adds holds anything.
using ByteBuffer = std::vector<std::uint8_t, UninitializedAllocator<std::uint8_t>>;

}  // namespace vlr
