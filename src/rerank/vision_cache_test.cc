#include "rerank/vision_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/file.h"
#include "model/test_checkpoint.h"

namespace vlr {
namespace {

namespace fs = std::filesystem;

std::string Key(int number) {
  std::string digest(64, '0');
  const std::string digits = std::to_string(number);
  digest.replace(digest.size() - digits.size(), digits.size(), digits);
  return "0123456789abcdef0123456789abcdef-" + digest;
}

VisionPatches Medium(int number) {
  VisionPatches medium;
  medium.grid = {1, 4, 2 * (number % 3 + 1)};
  medium.key = Key(number);
  medium.note = "note " + std::to_string(number);
  return medium;
}

std::shared_ptr<const EncodedVision> Encoded(int number, std::size_t bytes = 1000) {
  std::mt19937 random(static_cast<unsigned>(number));
  auto encoded = std::make_shared<EncodedVision>();
  encoded->layers = 2;
  encoded->tokens = 5;
  encoded->hidden = number;
  encoded->values.resize(bytes);
  for (std::byte& value : encoded->values) value = static_cast<std::byte>(random());
  return encoded;
}

class VisionCacheTest : public ::testing::Test {
 protected:
  std::shared_ptr<VisionCache> Open(std::uint64_t memory_bytes = 1 << 20,
                                    std::uint64_t disk_bytes = 1 << 20) const {
    auto cache = VisionCache::Create({memory_bytes, folder_.path(), disk_bytes});
    EXPECT_TRUE(cache);
    return *cache;
  }
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
  static void ExpectIs(const std::optional<CachedVision>& vision, int number) {
    ASSERT_TRUE(vision) << number;
    const auto wanted = Encoded(number, vision->encoded->values.size());
    EXPECT_EQ(vision->grid, Medium(number).grid);
    EXPECT_EQ(vision->note, Medium(number).note);
    EXPECT_EQ(vision->encoded->layers, wanted->layers);
    EXPECT_EQ(vision->encoded->tokens, wanted->tokens);
    EXPECT_EQ(vision->encoded->hidden, wanted->hidden);
    EXPECT_EQ(vision->encoded->values, wanted->values);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(VisionCacheTest, MemoryKeepsTheLastUsed) {
  const auto cache = *VisionCache::Create({10'000, "", 0});
  for (int i = 0; i < 5; ++i) cache->Put(Medium(i), Encoded(i));
  ExpectIs(cache->Lookup(Key(0)), 0);
  for (int i = 5; i < 9; ++i) cache->Put(Medium(i), Encoded(i));
  EXPECT_TRUE(cache->Contains(Key(0)));
  EXPECT_FALSE(cache->Contains(Key(1)));
  EXPECT_FALSE(cache->Lookup(Key(1)));
  EXPECT_EQ(cache->Find(Key(8))->values, Encoded(8)->values);
  cache->Put(Medium(100), Encoded(100, 20'000));
  EXPECT_FALSE(cache->Contains(Key(100))) << "larger than all of it";
  const VisionCacheStats stats = cache->stats();
  EXPECT_LE(stats.bytes, 10'000u);
  EXPECT_EQ(stats.memory_hits, 1u);
  EXPECT_EQ(stats.misses, 1u);
  EXPECT_EQ(stats.encoded, 10u);
}

TEST_F(VisionCacheTest, TheDiskOutlivesTheProcess) {
  {
    const auto cache = Open();
    for (int i = 1; i <= 20; ++i) cache->Put(Medium(i), Encoded(i));
  }
  const auto cache = Open();
  EXPECT_EQ(cache->stats().disk.entries, 20u);
  for (int i = 1; i <= 20; ++i) {
    EXPECT_TRUE(cache->Contains(Key(i)));
    EXPECT_EQ(cache->Find(Key(i)), nullptr) << "not in memory yet";
    ExpectIs(cache->Lookup(Key(i)), i);
  }
  EXPECT_EQ(cache->stats().disk_hits, 20u);
  ExpectIs(cache->Lookup(Key(7)), 7);
  EXPECT_EQ(cache->stats().memory_hits, 1u);
}

TEST_F(VisionCacheTest, TheDiskIsBoundedAlsoAtTheNextStart) {
  constexpr std::uint64_t kRoom = 60'000;  // of ten files, their overhead counted
  {
    const auto cache = Open(0, kRoom);
    for (int i = 1; i <= 40; ++i) {
      cache->Put(Medium(i), Encoded(i));
      cache->Flush();
    }
    EXPECT_LE(cache->stats().disk.bytes, kRoom);
    EXPECT_TRUE(cache->Contains(Key(40)));
    EXPECT_FALSE(cache->Contains(Key(1)));
    EXPECT_EQ(Files().size(), cache->stats().disk.entries);
  }
  const auto cache = Open(0, kRoom / 2);
  EXPECT_LE(cache->stats().disk.bytes, kRoom / 2);
  EXPECT_EQ(Files().size(), cache->stats().disk.entries);
  EXPECT_GT(cache->stats().disk.entries, 0u);
}

TEST_F(VisionCacheTest, WhatADeviceHasIsFoundWhileItHasIt) {
  const auto cache = Open(0, 0);
  auto on_device = Encoded(1);
  cache->Offer(Medium(1), on_device);
  cache->Offer(Medium(1), Encoded(2));  // of another device
  EXPECT_TRUE(cache->Contains(Key(1)));
  ExpectIs(cache->Lookup(Key(1)), 1);
  EXPECT_EQ(cache->Lookup(Key(1))->encoded, on_device);
  EXPECT_EQ(cache->stats().device_hits, 2u);
  on_device.reset();
  EXPECT_FALSE(cache->Contains(Key(1)));
  EXPECT_FALSE(cache->Lookup(Key(1)));
  EXPECT_EQ(cache->stats().misses, 1u);
  on_device = Encoded(1);
  for (int i = 2; i < 5000; ++i) cache->Offer(Medium(i), Encoded(i, 1));
  cache->Offer(Medium(1), on_device);
  ExpectIs(cache->Lookup(Key(1)), 1);
}

TEST_F(VisionCacheTest, DamagedFilesAreDroppedAndMadeAgain) {
  {
    const auto cache = Open();
    for (int i = 1; i <= 30; ++i) cache->Put(Medium(i), Encoded(i));
  }
  std::mt19937 random(3);
  for (const fs::path& path : Files()) {
    std::string bytes = *ReadFile(path.string(), 1 << 20);
    const std::size_t at = random() % bytes.size();
    switch (random() % 3) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
        break;
      case 1:
        bytes.resize(at);
        break;
      default:
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), '\0');
        bytes[at] = 'x';
        bytes += "more";
    }
    std::ofstream(path, std::ios::binary) << bytes;
  }
  const auto cache = Open();
  for (int i = 1; i <= 30; ++i) EXPECT_FALSE(cache->Lookup(Key(i))) << i;
  EXPECT_EQ(cache->stats().disk.corrupt, 30u);
  EXPECT_TRUE(Files().empty());
  cache->Put(Medium(1), Encoded(1));
  cache->Flush();
  ExpectIs(Open()->Lookup(Key(1)), 1);
}

TEST_F(VisionCacheTest, WhatACrashHalfWroteIsSweptAndStrangersAreLeft) {
  {
    const auto cache = Open();
    cache->Put(Medium(1), Encoded(1));
  }
  const fs::path home = Files().at(0).parent_path();
  std::ofstream(home / ".tmp-abcdef") << "half";
  std::ofstream(home / "README") << "not ours";
  // A file under another's name is not taken for it.
  fs::copy_file(
      Files().at(0).extension() == ".vision" ? Files().at(0) : home / (Key(1).substr(33) + ".vision"),
      home / (Key(12).substr(33) + ".vision"));
  const auto cache = Open();
  EXPECT_FALSE(fs::exists(home / ".tmp-abcdef"));
  EXPECT_TRUE(fs::exists(home / "README"));
  ExpectIs(cache->Lookup(Key(1)), 1);
  EXPECT_FALSE(cache->Lookup(Key(12)));
}

TEST_F(VisionCacheTest, AFolderThatCannotBeWrittenIsNamed) {
  folder_.Write("file", "x");
  const auto cache = VisionCache::Create({0, folder_.path() + "/file/below", 1 << 20});
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.error().code, "invalid_setting");
  EXPECT_EQ(cache.error().part, "vision_cache.disk_path");
}

TEST_F(VisionCacheTest, KeysCannotLeaveTheFolder) {
  const auto cache = Open();
  VisionPatches medium = Medium(1);
  medium.key = "..-/../../etc";
  cache->Put(medium, Encoded(1));
  cache->Flush();
  EXPECT_TRUE(Files().empty());
}

TEST(VisionFileTest, AnyChangedBitShows) {
  const CachedVision vision{Medium(1).grid, "note", Encoded(1, 100)};
  const auto& values = vision.encoded->values;
  const std::string file = VisionFileHead("key", vision) +
                           std::string(reinterpret_cast<const char*>(values.data()), values.size());
  ASSERT_TRUE(ParseVisionFile(file, "key"));
  EXPECT_FALSE(ParseVisionFile(file, "kez"));
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string changed = file;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(ParseVisionFile(changed, "key")) << bit;
  }
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(ParseVisionFile(file.substr(0, size), "key"));
  EXPECT_FALSE(ParseVisionFile(file + "x", "key"));
}

}  // namespace
}  // namespace vlr
