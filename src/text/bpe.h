// Byte pair encoding of one piece: merge the adjacent pair of lowest rank, leftmost first, until none is
// left.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vlr {

struct Merge {
  std::int32_t left;
  std::int32_t right;
  std::int32_t merged;
};

// Written once, then read by any number of threads.
class BytePairEncoder {
 public:
  // byte_ids[b]: the id of byte b. merges: in order of rank; of two with the same pair the later one counts.
  // Ids are not negative.
  BytePairEncoder(const std::array<std::int32_t, 256>& byte_ids, const std::vector<Merge>& merges);

  // Appends the ids of the piece's bytes. n² / 8 steps on short pieces, n log n on long ones.
  void Encode(std::string_view piece, std::vector<std::int32_t>* ids) const;

 private:
  static constexpr std::uint32_t kNoRank = UINT32_MAX;
  struct Target {
    std::uint32_t rank = kNoRank;
    std::int32_t merged = -1;
  };
  struct Slot {
    std::uint64_t pair = UINT64_MAX;
    Target target;
  };

  std::size_t SlotOf(std::uint64_t pair) const;
  Target Find(std::int32_t left, std::int32_t right) const;
  Target FindBytes(char left, char right) const {
    return byte_pairs_[static_cast<std::size_t>(static_cast<unsigned char>(left)) << 8U |
                       static_cast<unsigned char>(right)];
  }
  void EncodeShort(std::string_view piece, std::vector<std::int32_t>* ids) const;
  void EncodeLong(std::string_view piece, std::vector<std::int32_t>* ids) const;

  std::array<std::int32_t, 256> byte_ids_;
  std::vector<Slot> slots_;
  std::size_t mask_;
  std::vector<Target> byte_pairs_;  // the merges of two bytes, by left · 256 + right
};

}  // namespace vlr
