// Byte strings to ids: open addressing over one arena, written once, then read by many threads.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vlr {

class TokenMap {
 public:
  // Room for `capacity` strings. REQUIRES: their bytes together are fewer than 2^32.
  explicit TokenMap(std::size_t capacity)
      : slots_(std::bit_ceil(2 * capacity + 1)), mask_(slots_.size() - 1) {}

  // False, and nothing changes, when the string is there already. REQUIRES: fewer than `capacity` strings so
  // far.
  bool Insert(std::string_view text, std::int32_t id) {
    const std::uint32_t hash = Hash(text);
    Slot& slot = slots_[SlotOf(text, hash)];
    if (slot.id >= 0) return false;
    slot = {static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(text.size()), hash, id};
    arena_.append(text);
    return true;
  }

  std::optional<std::int32_t> Find(std::string_view text) const {
    const Slot& slot = slots_[SlotOf(text, Hash(text))];
    if (slot.id < 0) return std::nullopt;
    return slot.id;
  }

 private:
  struct Slot {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t hash = 0;
    std::int32_t id = -1;  // negative: free
  };

  // Folded 64 × 64 → 128 bit products, eight bytes a step.
  static std::uint32_t Hash(std::string_view text) {
    constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
    constexpr std::uint64_t kLast = 0xD6E8FEB86659FD93U;
    std::uint64_t state = text.size() * kLast;
    while (text.size() > sizeof(std::uint64_t)) {
      state = Fold(state ^ Load(text.substr(0, sizeof(std::uint64_t))), kStep);
      text.remove_prefix(sizeof(std::uint64_t));
    }
    state = Fold(state ^ Load(text), kLast);
    return static_cast<std::uint32_t>(state ^ state >> 32U);
  }
  static std::uint64_t Load(std::string_view text) {
    std::uint64_t word = 0;
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    return word;
  }
  static std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  }

  // The slot that holds the string, or the free one where it belongs.
  std::size_t SlotOf(std::string_view text, std::uint32_t hash) const {
    std::size_t at = hash & mask_;
    while (slots_[at].id >= 0) {
      const Slot& slot = slots_[at];
      if (slot.hash == hash && text == std::string_view(arena_).substr(slot.offset, slot.length)) break;
      at = (at + 1) & mask_;
    }
    return at;
  }

  std::vector<Slot> slots_;
  std::size_t mask_;
  std::string arena_;
};

}  // namespace vlr
