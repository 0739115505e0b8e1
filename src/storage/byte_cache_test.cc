#include "storage/byte_cache.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

using std::chrono::milliseconds;

ByteCache::Bytes Make(std::size_t size) {
  return std::make_shared<const std::string>(size, 'x');
}

TEST(ByteCacheTest, DropsTheLeastRecentlyUsed) {
  ByteCache cache(4000, milliseconds(100));
  const ByteCache::Time now{};
  cache.Insert("a", Make(1500), now);
  cache.Insert("b", Make(1500), now);
  EXPECT_TRUE(cache.Find("a", now));
  cache.Insert("c", Make(1500), now);
  EXPECT_TRUE(cache.Find("a", now));
  EXPECT_FALSE(cache.Find("b", now));
  EXPECT_TRUE(cache.Find("c", now));
  EXPECT_LE(cache.size_bytes(), 4000u);
}

TEST(ByteCacheTest, ForgetsWhatIsOld) {
  ByteCache cache(4000, milliseconds(100));
  const ByteCache::Time now{};
  cache.Insert("a", Make(10), now);
  EXPECT_TRUE(cache.Find("a", now + milliseconds(99)));
  EXPECT_FALSE(cache.Find("a", now + milliseconds(100)));
  EXPECT_EQ(cache.size_bytes(), 0u);
}

TEST(ByteCacheTest, ReplacesAndRefuses) {
  ByteCache cache(1000, milliseconds(100));
  const ByteCache::Time now{};
  cache.Insert("a", Make(10), now);
  cache.Insert("a", Make(20), now);
  EXPECT_EQ(cache.Find("a", now)->size(), 20u);
  cache.Insert("big", Make(1000), now);
  EXPECT_FALSE(cache.Find("big", now));
  EXPECT_TRUE(cache.Find("a", now));
  ByteCache off(0, milliseconds(100));
  off.Insert("a", Make(0), now);
  EXPECT_FALSE(off.Find("a", now));
}

}  // namespace
}  // namespace vlr
