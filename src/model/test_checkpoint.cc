#include "model/test_checkpoint.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace vlr::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "vlr-model-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::Write(const std::string& name, const std::string& content) const {
  std::ofstream(path_ / name, std::ios::binary) << content;
}

std::string SafetensorsFile(const std::string& header, const std::string& data) {
  std::string file;
  for (int shift = 0; shift < 64; shift += 8) {
    file += static_cast<char>((static_cast<std::uint64_t>(header.size()) >> shift) & 0xFF);
  }
  return file + header + data;
}

}  // namespace vlr::testing
