// A text that many may hold without copies of it.
#pragma once

#include <boost/container/small_vector.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vlr {

// UTF-8 by convention. Immutable, cheap to copy; what it refers to lives as long as it does. Copies may be
// used from several threads.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string text) {  // NOLINT(google-explicit-constructor): stands where a string did
    const auto owned = std::make_shared<const std::string>(std::move(text));
    text_ = *owned;
    owner_ = owned;
  }
  SharedText(const char* text) : SharedText(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  // A part of what `owner` keeps alive.
  SharedText(std::shared_ptr<const void> owner, std::string_view part)
      : owner_(std::move(owner)), text_(part) {}

  operator std::string_view() const { return text_; }  // NOLINT(google-explicit-constructor)
  std::size_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const SharedText& a, const SharedText& b) { return a.text_ == b.text_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view text_;
};

// Most often one.
using SharedTexts = boost::container::small_vector<SharedText, 1>;

}  // namespace vlr
