#include "model/random_tensors.h"

#include <c10/util/BFloat16.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/checkpoint_layout.h"

namespace vlr {
namespace {

constexpr std::size_t kPatternBytes = std::size_t{256} << 20;
constexpr std::size_t kAlignment = 64;  // of a tensor
constexpr double kDeviation = 0.02;
constexpr const char* kFile = "random weights";

// Sums of four uniform numbers, nearly normal.
class Values {
 public:
  c10::BFloat16 Next(double mean, double deviation) {
    constexpr double kMean = 4 * 65535 / 2.0;
    constexpr double kSpread = 37837.0;  // 65536 / √12 · √4
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::uint64_t bits = std::rotl(state_, 29) ^ (state_ >> 7U);
    const std::uint64_t sum =
        (bits & 0xFFFFU) + (bits >> 16U & 0xFFFFU) + (bits >> 32U & 0xFFFFU) + (bits >> 48U);
    return c10::BFloat16(static_cast<float>(mean + deviation * (static_cast<double>(sum) - kMean) / kSpread));
  }

 private:
  std::uint64_t state_ = 1;
};

// An address space that shows one pattern again and again.
class RepeatedPattern {
 public:
  static Result<std::shared_ptr<const RepeatedPattern>> Make(std::size_t bytes, Values* values) {
    auto pattern = std::shared_ptr<RepeatedPattern>(new RepeatedPattern(bytes));
    if (!pattern->Map(values)) {
      return Error{"out_of_memory", std::string("no room for random weights: ") + std::strerror(errno)};
    }
    return std::shared_ptr<const RepeatedPattern>(std::move(pattern));
  }
  ~RepeatedPattern() {
    if (base_ != MAP_FAILED) ::munmap(base_, bytes_);
  }
  RepeatedPattern(const RepeatedPattern&) = delete;
  RepeatedPattern& operator=(const RepeatedPattern&) = delete;

  const std::byte* data() const { return static_cast<const std::byte*>(base_); }

 private:
  explicit RepeatedPattern(std::size_t bytes)
      : bytes_((bytes + kPatternBytes - 1) / kPatternBytes * kPatternBytes) {}

  bool Map(Values* values) {
    const int file = ::memfd_create("vlr-random-weights", MFD_CLOEXEC);
    if (file < 0) return false;
    const std::shared_ptr<void> closing(nullptr, [file](void*) { ::close(file); });
    if (::ftruncate(file, static_cast<off_t>(kPatternBytes)) != 0) return false;
    base_ = ::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base_ == MAP_FAILED) return false;
    for (std::size_t at = 0; at < bytes_; at += kPatternBytes) {
      void* const place = static_cast<std::byte*>(base_) + at;
      const int access = at == 0 ? PROT_READ | PROT_WRITE : PROT_READ;
      if (::mmap(place, kPatternBytes, access, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) return false;
    }
    auto* const first = static_cast<c10::BFloat16*>(base_);
    for (std::size_t i = 0; i < kPatternBytes / sizeof *first; ++i) first[i] = values->Next(0, kDeviation);
    return ::mprotect(base_, kPatternBytes, PROT_READ) == 0;
  }

  std::size_t bytes_;
  void* base_ = MAP_FAILED;
};

// What the tensors lie in.
struct Memory {
  std::shared_ptr<const RepeatedPattern> pattern;
  std::vector<c10::BFloat16> norm;  // as long as the longest
};

bool IsNormWeight(const TensorSpec& spec) {
  return spec.shape.size() == 1 && spec.name.ends_with("weight");
}

std::size_t BytesOf(const TensorSpec& spec) {
  return sizeof(c10::BFloat16) * static_cast<std::size_t>(spec.elements());
}

}  // namespace

Result<TensorFiles> RandomTensors(const ModelConfig& config) {
  const std::vector<TensorSpec> layout = CheckpointLayout(config);
  Values values;
  const auto memory = std::make_shared<Memory>();
  std::size_t bytes = 0, norm_values = 0;
  for (const TensorSpec& spec : layout) {
    bytes += BytesOf(spec) + kAlignment;
    if (IsNormWeight(spec)) norm_values = std::max(norm_values, static_cast<std::size_t>(spec.elements()));
  }
  for (std::size_t i = 0; i < norm_values; ++i) memory->norm.push_back(values.Next(1, kDeviation));
  auto pattern = RepeatedPattern::Make(bytes, &values);
  if (!pattern) return pattern.error();
  memory->pattern = *std::move(pattern);

  TensorMap tensors;
  std::size_t place = 0;
  for (const TensorSpec& spec : layout) {
    const bool is_norm = IsNormWeight(spec);
    const auto* data =
        is_norm ? reinterpret_cast<const std::byte*>(memory->norm.data()) : memory->pattern->data() + place;
    tensors.emplace(spec.name,
                    StoredTensor{StorageType::kBFloat16, "BF16", spec.shape, {data, BytesOf(spec)}, kFile});
    if (!is_norm) place += (BytesOf(spec) + kAlignment) / kAlignment * kAlignment;
  }
  return TensorFiles::Of(std::move(tensors), memory);
}

}  // namespace vlr
