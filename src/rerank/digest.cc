#include "rerank/digest.h"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cstdint>
#include <stdexcept>

namespace vlr {

struct Digest::Impl {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};

  void Update(const void* data, std::size_t size) const {
    if (EVP_DigestUpdate(context.get(), data, size) != 1) throw std::runtime_error("SHA-256 failed");
  }
};

Digest::Digest() : impl_(std::make_unique<Impl>()) {
  if (!impl_->context || EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not to be had");
  }
}
Digest::~Digest() = default;

Digest& Digest::Add(std::string_view field) {
  const std::uint64_t size = field.size();
  impl_->Update(&size, sizeof size);
  impl_->Update(field.data(), field.size());
  return *this;
}

Digest& Digest::Add(std::span<const std::byte> field) {
  return Add(std::string_view(reinterpret_cast<const char*>(field.data()), field.size()));
}

Digest& Digest::Add(double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
  impl_->Update(&bits, sizeof bits);
  return *this;
}

std::string Digest::Hex() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(impl_->context.get(), bytes.data(), &size) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4];
    hex += kDigits[bytes[i] & 15];
  }
  return hex;
}

}  // namespace vlr
