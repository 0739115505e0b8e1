// SHA-256 of a sequence of fields. Lengths are part of it, so that no two sequences run into each other.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vlr {

class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  Digest& Add(std::string_view field);
  Digest& Add(std::span<const std::byte> field);
  // A number by its bits: equal numbers, equal digests.
  Digest& Add(double number);

  // 64 lower-case hexadecimal digits. REQUIRES: called once.
  std::string Hex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vlr
