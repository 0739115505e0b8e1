// For tests: a folder that goes away with the test, and safetensors files written by hand.
#pragma once

#include <filesystem>
#include <string>

namespace vlr::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return path_.string(); }
  void Write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

// A safetensors file of that header and data.
std::string SafetensorsFile(const std::string& header, const std::string& data);

}  // namespace vlr::testing
