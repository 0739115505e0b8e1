#include "text/added_tokens.h"

#include <algorithm>
#include <utility>

namespace vlr {

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) {
  for (AddedToken& token : tokens) {
    if (token.special) special_ids_.push_back(token.id);
    const auto first = static_cast<unsigned char>(token.content.front());
    starts_[first] = true;
    by_first_byte_[first].push_back(std::move(token));
  }
  for (auto& list : by_first_byte_) {
    std::stable_sort(list.begin(), list.end(), [](const AddedToken& a, const AddedToken& b) {
      return a.content.size() > b.content.size();
    });
  }
  std::sort(special_ids_.begin(), special_ids_.end());
}

std::optional<AddedTokens::Match> AddedTokens::FindNext(std::string_view text, std::size_t from) const {
  for (std::size_t at = from; at < text.size(); ++at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (!starts_[first]) continue;
    const std::string_view rest = text.substr(at);
    for (const AddedToken& token : by_first_byte_[first]) {
      if (rest.starts_with(token.content)) return Match{at, at + token.content.size(), &token};
    }
  }
  return std::nullopt;
}

bool AddedTokens::IsSpecial(std::int32_t id) const {
  return std::binary_search(special_ids_.begin(), special_ids_.end(), id);
}

}  // namespace vlr
