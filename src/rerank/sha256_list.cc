#include "rerank/sha256_list.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "base/file.h"

namespace vlr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = std::size_t{1} << 20;
constexpr std::size_t kDigits = 64;
constexpr unsigned kMaxThreads = 8;

struct Listed {
  std::string sha256;
  std::string file;
};

Error Invalid(const std::string& part, const std::string& message) {
  return {"model_invalid", part + ": " + message, part};
}

Result<Listed> ParseLine(const std::string& line) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  Listed listed;
  listed.sha256 = line.substr(0, kDigits);
  for (char& c : listed.sha256) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool whole = line.size() > kDigits + 2 && line[kDigits] == ' ' &&
                     (line[kDigits + 1] == ' ' || line[kDigits + 1] == '*') &&
                     std::all_of(listed.sha256.begin(), listed.sha256.end(), is_digit);
  if (!whole) return Invalid(kSha256List, "a line is not a checksum and a file name");
  listed.file = line.substr(kDigits + 2);
  if (listed.file.starts_with("./")) listed.file.erase(0, 2);
  if (listed.file.find('/') != std::string::npos) {
    return Invalid(kSha256List, "names a file outside of the directory");
  }
  return listed;
}

Result<void> CheckFile(const std::string& directory, const Listed& listed) {
  const auto actual = Sha256OfFile((fs::path(directory) / listed.file).string());
  if (!actual)
    return Invalid(listed.file, std::string("is listed in ") + kSha256List + " and cannot be read");
  if (*actual != listed.sha256) {
    return Invalid(listed.file, std::string("its SHA-256 is not the one in ") + kSha256List);
  }
  return {};
}

}  // namespace

Result<std::string> Sha256OfFile(const std::string& path) {
  const auto file = MappedFile::Open(path);
  if (!file) return file.error();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest((*file)->bytes().data(), (*file)->bytes().size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

Result<int> CheckSha256List(const std::string& directory) {
  const fs::path list = fs::path(directory) / kSha256List;
  if (!fs::exists(list)) return 0;
  const auto text = ReadFile(list.string(), kMaxListBytes);
  if (!text) return text.error();
  std::vector<Listed> files;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    auto listed = ParseLine(line);
    if (!listed) return listed.error();
    files.push_back(std::move(*listed));
  }

  std::vector<std::optional<Error>> errors(files.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      if (const auto checked = CheckFile(directory, files[i]); !checked) errors[i] = checked.error();
    }
  };
  const std::size_t count =
      std::min<std::size_t>(files.size(), std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads));
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  for (const auto& error : errors) {
    if (error) return *error;
  }
  return static_cast<int>(files.size());
}

}  // namespace vlr
