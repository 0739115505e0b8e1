#include "rerank/vision_disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/unique_fd.h"

namespace vlr {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSuffix = ".vision";
constexpr const char* kTemporary = ".tmp-";
// What waits to be written; more is let go, since the next request can make it again.
constexpr std::uint64_t kMaxPendingBytes = std::uint64_t{512} << 20;
// A file's own cost on the disk beside its bytes.
constexpr std::uint64_t kFileOverhead = 4096;
constexpr std::size_t kFolderDigits = 2;

bool WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

bool IsKey(const std::string& key) {
  const std::size_t dash = key.find('-');
  return dash != std::string::npos && dash > 0 && key.size() > dash + kFolderDigits &&
         key.find_first_not_of("0123456789abcdef-") == std::string::npos &&
         key.find('-', dash + 1) == std::string::npos;
}

}  // namespace

Result<std::unique_ptr<VisionDisk>> VisionDisk::Open(const std::string& folder, std::uint64_t max_bytes) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Error{"invalid_setting", "the folder of the vision cache cannot be written",
                 "vision_cache.disk_path"};
  }
  return std::unique_ptr<VisionDisk>(new VisionDisk(folder, max_bytes));
}

VisionDisk::VisionDisk(fs::path folder, std::uint64_t max_bytes)
    : folder_(std::move(folder)), max_bytes_(max_bytes) {
  Scan();
  writer_ = std::thread([this] { Run(); });
}

VisionDisk::~VisionDisk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
}

// <folder>/<tower>/<first digits>/<digest>.vision for the key "<tower>-<digest>".
fs::path VisionDisk::PathOf(const std::string& key) const {
  const std::size_t dash = key.find('-');
  const std::string digest = key.substr(dash + 1);
  return folder_ / key.substr(0, dash) / digest.substr(0, kFolderDigits) / (digest + kSuffix);
}

void VisionDisk::Scan() {
  struct Found {
    fs::file_time_type used;
    std::string key;
    std::uint64_t bytes;
  };
  std::vector<Found> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder_, fs::directory_options::skip_permission_denied, error),
       end;
       !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    const fs::path& path = it->path();
    if (path.filename().string().starts_with(kTemporary)) {
      fs::remove(path, ignored);
      continue;
    }
    const std::string key = path.parent_path().parent_path().filename().string() + "-" + path.stem().string();
    if (path.extension() != kSuffix || !IsKey(key) || PathOf(key) != path) continue;
    found.push_back({it->last_write_time(ignored), key, it->file_size(ignored)});
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.used < b.used; });
  const std::lock_guard lock(mutex_);
  for (const Found& file : found) Insert(file.key, file.bytes);
}

void VisionDisk::Insert(const std::string& key, std::uint64_t bytes) {
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    stats_.bytes -= known->second->bytes + kFileOverhead;
    entries_.erase(known->second);
    by_key_.erase(known);
  }
  entries_.push_front({key, bytes});
  by_key_[key] = entries_.begin();
  stats_.bytes += bytes + kFileOverhead;
  while (stats_.bytes > max_bytes_ && !entries_.empty()) Remove(std::prev(entries_.end()));
}

void VisionDisk::Remove(Entries::iterator entry) {
  std::error_code ignored;
  fs::remove(PathOf(entry->key), ignored);
  stats_.bytes -= entry->bytes + kFileOverhead;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

bool VisionDisk::Contains(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return by_key_.contains(key);
}

std::optional<CachedVision> VisionDisk::Read(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, known->second);
  }
  const fs::path path = PathOf(key);
  const auto file = MappedFile::Open(path.string());
  auto vision = file ? ParseVisionFile((*file)->text(), key) : Result<CachedVision>(file.error());
  if (vision) {
    std::error_code ignored;  // of use to the next start alone
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    return *std::move(vision);
  }
  const std::lock_guard lock(mutex_);
  ++stats_.corrupt;
  if (const auto known = by_key_.find(key); known != by_key_.end()) Remove(known->second);
  return std::nullopt;
}

void VisionDisk::Write(const std::string& key, CachedVision vision) {
  const std::uint64_t bytes = vision.encoded->values.size();
  {
    const std::lock_guard lock(mutex_);
    if (!IsKey(key) || by_key_.contains(key)) return;
    if (bytes + kFileOverhead > max_bytes_ || pending_bytes_ + bytes > kMaxPendingBytes) {
      ++stats_.unwritten;
      return;
    }
    pending_.emplace_back(key, std::move(vision));
    pending_bytes_ += bytes;
  }
  changed_.notify_all();
}

void VisionDisk::Flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return pending_.empty() && !writing_; });
}

VisionDiskStats VisionDisk::stats() const {
  const std::lock_guard lock(mutex_);
  VisionDiskStats stats = stats_;
  stats.entries = entries_.size();
  return stats;
}

void VisionDisk::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (pending_.empty()) return;
    const auto [key, vision] = std::move(pending_.front());
    pending_.pop_front();
    writing_ = true;
    lock.unlock();
    const bool written = WriteFile(key, vision);
    lock.lock();
    writing_ = false;
    pending_bytes_ -= vision.encoded->values.size();
    if (written) {
      Insert(key, vision.encoded->values.size());
    } else {
      ++stats_.unwritten;
    }
    changed_.notify_all();
  }
}

// Not synced: what a power failure leaves of it has another checksum.
bool VisionDisk::WriteFile(const std::string& key, const CachedVision& vision) const {
  const fs::path path = PathOf(key);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return false;
  std::string temporary = (path.parent_path() / (std::string(kTemporary) + "XXXXXX")).string();
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return false;
  const std::string head = VisionFileHead(key, vision);
  const bool whole = WriteAll(fd.get(), std::as_bytes(std::span(head.data(), head.size()))) &&
                     WriteAll(fd.get(), vision.encoded->values);
  if (whole) fs::rename(temporary, path, error);
  if (whole && !error) return true;
  fs::remove(temporary, error);
  return false;
}

}  // namespace vlr
