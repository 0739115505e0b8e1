#include "sidecar/settings/advice.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

TEST(CacheAdviceTest, SpeaksOfAGpusCacheThatIsTheLargerOne) {
  Settings settings;
  settings.model.gpu_cache_bytes = 1000;
  settings.vision_cache.memory_bytes = 999;
  const std::string advice = CacheAdvice(settings, "cuda:0, cuda:1");
  EXPECT_NE(advice.find("vision_cache.memory_bytes (999) is less than vision_cache.gpu_bytes (1000)"),
            std::string::npos)
      << advice;
  EXPECT_EQ(CacheAdvice(settings, "cpu"), "");
  settings.vision_cache.disk_path = "/cache";
  EXPECT_EQ(CacheAdvice(settings, "cuda:0"), "");
  settings.vision_cache = {};
  settings.vision_cache.memory_bytes = 1000;
  EXPECT_EQ(CacheAdvice(settings, "cuda:0"), "");
}

}  // namespace
}  // namespace vlr
