#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sidecar/eval/dataset.h"

// The three kinds of file: whatever is in them, they are read or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(vlr::eval::ParseQueries(text, "queries"));
  static_cast<void>(vlr::eval::ParseCorpus(text, "corpus"));
  static_cast<void>(vlr::eval::ParseRows(text, "rows"));
  return 0;
}
