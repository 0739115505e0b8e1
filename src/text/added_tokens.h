// The tokens matched in the raw text, before normalisation and BPE.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vlr {

struct AddedToken {
  std::string content;  // not empty
  std::int32_t id;
  bool special;
};

// Immutable; any number of threads may share one.
class AddedTokens {
 public:
  explicit AddedTokens(std::vector<AddedToken> tokens);

  struct Match {
    std::size_t begin;
    std::size_t end;
    const AddedToken* token;
  };

  // The leftmost token at or after `from`, the longest where several start; nothing when there is none.
  std::optional<Match> FindNext(std::string_view text, std::size_t from) const;

  bool IsSpecial(std::int32_t id) const;

 private:
  std::array<std::vector<AddedToken>, 256> by_first_byte_;  // each longest first
  std::array<bool, 256> starts_{};
  std::vector<std::int32_t> special_ids_;  // ascending
};

}  // namespace vlr
