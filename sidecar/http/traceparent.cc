#include "sidecar/http/traceparent.h"

#include <algorithm>

namespace vlr::http {
namespace {

constexpr std::size_t kTraceAt = 3, kTraceLength = 32;
constexpr std::size_t kParentAt = 36, kParentLength = 16;
constexpr std::size_t kFlagsAt = 53, kLength = 55;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool IsZero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::string WellFormedTraceparent(std::string_view header) {
  if (header.size() != kLength || !header.starts_with("00-")) return {};
  if (header[kParentAt - 1] != '-' || header[kFlagsAt - 1] != '-') return {};
  const std::string_view trace = header.substr(kTraceAt, kTraceLength);
  const std::string_view parent = header.substr(kParentAt, kParentLength);
  if (!IsHex(trace) || !IsHex(parent) || !IsHex(header.substr(kFlagsAt))) return {};
  if (IsZero(trace) || IsZero(parent)) return {};
  return std::string(header);
}

}  // namespace vlr::http
