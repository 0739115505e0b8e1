#include "text/byte_alphabet.h"

#include <array>

#include "text/unicode.h"

namespace vlr {
namespace {

constexpr char32_t kShifted = 0x100;
constexpr int kByteCount = 256;
constexpr int kNoByte = -1;
constexpr std::size_t kSymbolLimit = 0x200;

constexpr bool Prints(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<char32_t, kByteCount> symbol{};
  std::array<int, kSymbolLimit> byte{};
};

constexpr Alphabet MakeAlphabet() {
  Alphabet alphabet;
  alphabet.byte.fill(kNoByte);
  char32_t next = kShifted;
  for (int byte = 0; byte < kByteCount; ++byte) {
    const char32_t symbol = Prints(byte) ? static_cast<char32_t>(byte) : next++;
    alphabet.symbol[static_cast<std::size_t>(byte)] = symbol;
    alphabet.byte[symbol] = byte;
  }
  return alphabet;
}

constexpr Alphabet kAlphabet = MakeAlphabet();

}  // namespace

char32_t ByteSymbol(unsigned char byte) {
  return kAlphabet.symbol[byte];
}

std::optional<std::string> SymbolsToBytes(std::string_view symbols) {
  std::string bytes;
  for (std::size_t at = 0; at < symbols.size();) {
    const auto [symbol, length] = unicode::Decode(symbols, at);
    if (symbol >= kSymbolLimit || kAlphabet.byte[symbol] == kNoByte) return std::nullopt;
    bytes.push_back(static_cast<char>(kAlphabet.byte[symbol]));
    at += length;
  }
  return bytes;
}

}  // namespace vlr
