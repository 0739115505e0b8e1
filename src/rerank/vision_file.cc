#include "rerank/vision_file.h"

#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

namespace vlr {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic("VLRVIS\0\1", 8);
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kCheckedFrom = 16;

struct Head {
  std::uint32_t key_bytes = 0;
  std::uint32_t note_bytes = 0;
  std::array<std::int32_t, 3> grid{};
  std::int32_t layers = 0;
  std::int64_t tokens = 0;
  std::int64_t hidden = 0;
  std::uint64_t value_bytes = 0;
};
constexpr std::size_t kHeadBytes = 64;
static_assert(sizeof(Head) == kHeadBytes - kCheckedFrom);

constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL;

// Not cryptographic: finds what a disk or a crash has damaged. A sum over words in four independent lanes, so
// that a processor keeps several multiplications in flight.
class Sum {
 public:
  void Add(std::string_view bytes) {
    std::size_t at = 0;
    for (; at + sizeof(std::array<std::uint64_t, 4>) <= bytes.size(); at += 32) {
      std::array<std::uint64_t, 4> words;
      std::memcpy(words.data(), bytes.data() + at, sizeof words);
      for (std::size_t lane = 0; lane < 4; ++lane) Mix(lane, words[lane]);
    }
    for (; at < bytes.size(); ++at) Mix(at % 4, static_cast<unsigned char>(bytes[at]));
    Mix(0, bytes.size());
  }
  std::uint64_t value() const {
    std::uint64_t all = 0;
    for (const std::uint64_t lane : lanes_) all = std::rotl(all ^ lane, 29) * kOdd;
    return all ^ (all >> 32);
  }

 private:
  void Mix(std::size_t lane, std::uint64_t word) {
    lanes_[lane] = std::rotl(lanes_[lane] ^ (word * kOdd), 31) * 0xC2B2AE3D27D4EB4FULL;
  }
  std::array<std::uint64_t, 4> lanes_ = {1, 2, 3, 4};
};

Error Invalid(const std::string& why) {
  return {"vision_file_invalid", "a file of the vision cache " + why};
}

}  // namespace

std::string VisionFileHead(const std::string& key, const CachedVision& vision) {
  const EncodedVision& encoded = *vision.encoded;
  const Head head{static_cast<std::uint32_t>(key.size()),
                  static_cast<std::uint32_t>(vision.note.size()),
                  {vision.grid.t, vision.grid.h, vision.grid.w},
                  static_cast<std::int32_t>(encoded.layers),
                  encoded.tokens,
                  encoded.hidden,
                  encoded.values.size()};
  std::string checked(reinterpret_cast<const char*>(&head), sizeof head);
  checked += key + vision.note;
  Sum sum;
  sum.Add(checked);
  sum.Add({reinterpret_cast<const char*>(encoded.values.data()), encoded.values.size()});
  const std::uint64_t checksum = sum.value();
  std::string file(kMagic);
  file.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  return file + checked;
}

Result<CachedVision> ParseVisionFile(std::string_view file, const std::string& key) {
  if (file.size() < kHeadBytes || file.substr(0, kMagic.size()) != kMagic) return Invalid("is none");
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, file.data() + kChecksumAt, sizeof checksum);
  Head head;
  std::memcpy(&head, file.data() + kCheckedFrom, sizeof head);
  const std::uint64_t front = kHeadBytes + std::uint64_t{head.key_bytes} + head.note_bytes;
  if (front > file.size() || head.value_bytes != file.size() - front) return Invalid("is cut off");
  const std::string_view values = file.substr(front);
  Sum sum;
  sum.Add(file.substr(kCheckedFrom, front - kCheckedFrom));
  sum.Add(values);
  if (sum.value() != checksum) return Invalid("is damaged");
  if (file.substr(kHeadBytes, head.key_bytes) != key) return Invalid("is another's");
  CachedVision vision;
  vision.grid = {head.grid[0], head.grid[1], head.grid[2]};
  vision.note = file.substr(kHeadBytes + head.key_bytes, head.note_bytes);
  auto encoded = std::make_shared<EncodedVision>();
  encoded->layers = head.layers;
  encoded->tokens = head.tokens;
  encoded->hidden = head.hidden;
  const auto bytes = std::as_bytes(std::span(values.data(), values.size()));
  encoded->values.assign(bytes.begin(), bytes.end());
  vision.encoded = std::move(encoded);
  return vision;
}

}  // namespace vlr
