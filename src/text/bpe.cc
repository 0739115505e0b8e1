#include "text/bpe.h"

#include <algorithm>
#include <bit>
#include <queue>

namespace vlr {
namespace {

// Up to here a scan over the ranks beats a heap.
constexpr std::size_t kShortPieceBytes = 256;
constexpr std::uint32_t kNone = UINT32_MAX;

std::uint64_t PairOf(std::int32_t left, std::int32_t right) {
  return std::uint64_t{static_cast<std::uint32_t>(left)} << 32U | static_cast<std::uint32_t>(right);
}

}  // namespace

BytePairEncoder::BytePairEncoder(const std::array<std::int32_t, 256>& byte_ids,
                                 const std::vector<Merge>& merges)
    : byte_ids_(byte_ids),
      slots_(std::bit_ceil(2 * merges.size() + 1)),
      mask_(slots_.size() - 1),
      byte_pairs_(std::size_t{1} << 16U) {
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const Merge& merge = merges[rank];
    const std::uint64_t pair = PairOf(merge.left, merge.right);
    slots_[SlotOf(pair)] = {pair, {static_cast<std::uint32_t>(rank), merge.merged}};
  }
  for (std::size_t left = 0; left < 256; ++left) {
    for (std::size_t right = 0; right < 256; ++right) {
      byte_pairs_[left << 8U | right] = Find(byte_ids_[left], byte_ids_[right]);
    }
  }
}

// The slot that holds the pair, or the free one where it belongs.
std::size_t BytePairEncoder::SlotOf(std::uint64_t pair) const {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15U;
  std::size_t at = (pair * kMultiplier >> 32U) & mask_;
  while (slots_[at].pair != pair && slots_[at].pair != UINT64_MAX) at = (at + 1) & mask_;
  return at;
}

BytePairEncoder::Target BytePairEncoder::Find(std::int32_t left, std::int32_t right) const {
  return slots_[SlotOf(PairOf(left, right))].target;
}

void BytePairEncoder::Encode(std::string_view piece, std::vector<std::int32_t>* ids) const {
  if (piece.size() <= kShortPieceBytes) {
    EncodeShort(piece, ids);
  } else {
    EncodeLong(piece, ids);
  }
}

void BytePairEncoder::EncodeShort(std::string_view piece, std::vector<std::int32_t>* ids) const {
  // Of symbol i: its id, and the rank and result of merging it with symbol i + 1.
  std::array<std::int32_t, kShortPieceBytes> symbols;
  std::array<std::uint32_t, kShortPieceBytes> ranks;
  std::array<std::int32_t, kShortPieceBytes> merged;
  std::size_t count = piece.size();
  const auto set_target = [&](std::size_t i, const Target& target) {
    ranks[i] = target.rank;
    merged[i] = target.merged;
  };
  for (std::size_t i = 0; i < count; ++i) {
    symbols[i] = byte_ids_[static_cast<unsigned char>(piece[i])];
    if (i + 1 < count) set_target(i, FindBytes(piece[i], piece[i + 1]));
  }
  while (count > 1) {
    std::uint32_t lowest = kNoRank;
    for (std::size_t i = 0; i + 1 < count; ++i) lowest = std::min(lowest, ranks[i]);
    if (lowest == kNoRank) break;
    std::size_t at = 0;
    while (ranks[at] != lowest) ++at;
    symbols[at] = merged[at];
    const auto close_gap = [&](auto* values) {
      std::copy(values->begin() + at + 2, values->begin() + count, values->begin() + at + 1);
    };
    close_gap(&symbols);
    close_gap(&ranks);
    close_gap(&merged);
    --count;
    if (at > 0) set_target(at - 1, Find(symbols[at - 1], symbols[at]));
    if (at + 1 < count) set_target(at, Find(symbols[at], symbols[at + 1]));
  }
  ids->insert(ids->end(), symbols.begin(), symbols.begin() + count);
}

void BytePairEncoder::EncodeLong(std::string_view piece, std::vector<std::int32_t>* ids) const {
  struct Symbol {
    std::int32_t id;  // negative: merged into the one before it
    std::uint32_t previous;
    std::uint32_t next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t at;
    std::int32_t merged;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };
  const auto size = static_cast<std::uint32_t>(piece.size());
  std::vector<Symbol> symbols(size);
  std::vector<Candidate> heap;
  for (std::uint32_t i = 0; i < size; ++i) {
    symbols[i] = {byte_ids_[static_cast<unsigned char>(piece[i])], i == 0 ? kNone : i - 1,
                  i + 1 == size ? kNone : i + 1};
    if (i + 1 == size) break;
    const Target target = FindBytes(piece[i], piece[i + 1]);
    if (target.rank != kNoRank) heap.push_back({target.rank, i, target.merged});
  }
  std::priority_queue queue(std::greater<Candidate>{}, std::move(heap));
  const auto offer = [&](std::uint32_t at) {
    if (at == kNone || symbols[at].next == kNone) return;
    const Target target = Find(symbols[at].id, symbols[symbols[at].next].id);
    if (target.rank != kNoRank) queue.push({target.rank, at, target.merged});
  };
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    Symbol& left = symbols[top.at];
    if (left.id < 0 || left.next == kNone) continue;
    Symbol& right = symbols[left.next];
    // A candidate outlives the pair it was made for when one side has merged elsewhere.
    if (Find(left.id, right.id).merged != top.merged) continue;
    left.id = top.merged;
    right.id = -1;
    left.next = right.next;
    if (left.next != kNone) symbols[left.next].previous = top.at;
    offer(left.previous);
    offer(top.at);
  }
  for (std::uint32_t i = 0; i != kNone; i = symbols[i].next) ids->push_back(symbols[i].id);
}

}  // namespace vlr
