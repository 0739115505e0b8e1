// The layouts of the released 2B and 8B checkpoints, at full size: shards of holes, which take no disk. They
// map, parse and load, and the host holds little beside the mapping.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <ostream>

#include "model/checkpoint_layout.h"
#include "model/released_checkpoint.h"
#include "model/released_shapes.h"
#include "model/reranker_model.h"
#include "model/safetensors.h"
#include "model/test_checkpoint.h"

namespace vlr {

namespace testing {

void PrintTo(const Release& release, std::ostream* out) {
  *out << release.name;
}

}  // namespace testing

namespace {

using testing::Release;
using testing::TemporaryFolder;

constexpr std::int64_t kMostBesideTheMapping = std::int64_t{2} << 30;

// Memory of this process that no file backs, in bytes.
std::int64_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) * 1024;
  }
  return -1;
}

class ReleasedLayoutTest : public ::testing::TestWithParam<Release> {};

TEST_P(ReleasedLayoutTest, MapsParsesAndLoadsInLittleMemory) {
  const TemporaryFolder folder;
  EXPECT_EQ(testing::WriteCheckpoint(GetParam(), folder.path()), GetParam().parameters);

  const auto config = LoadConfig(folder.path());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(*config == *ReleasedShape(GetParam().shape));
  const auto files = TensorFiles::Open(folder.path());
  ASSERT_TRUE(files) << files.error().message;
  const auto layout = CheckpointLayout(*config);
  EXPECT_EQ(layout.size(), files->tensors().size());
  for (const TensorSpec& spec : layout) {
    const StoredTensor* tensor = files->Find(spec.name);
    ASSERT_NE(tensor, nullptr) << spec.name;
    EXPECT_EQ(tensor->shape, spec.shape) << spec.name;
  }

  const std::int64_t before = AnonymousBytes();
  std::int64_t most = 0;
  std::vector<double> progress;
  ModelOptions options;
  options.directory = folder.path();
  options.dtype = DType::kBFloat16;
  options.yes_id = 9693;
  options.no_id = 2152;
  options.progress = [&](double share) {
    progress.push_back(share);
    most = std::max(most, AnonymousBytes() - before);
  };
  const auto model = RerankModel::Load(options);
  ASSERT_TRUE(model) << model.error().message;
  most = std::max(most, AnonymousBytes() - before);
  EXPECT_THAT((*model)->unused_tensors(), ::testing::IsEmpty());
  EXPECT_GT(progress.size(), 500U);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_GE(progress.back(), 0.999);
  EXPECT_LT(most, kMostBesideTheMapping);
  std::printf("%s: at most %.0f MB beside the mapping of %.1f GB\n", GetParam().name,
              static_cast<double>(most) / 1e6, 2e-9 * static_cast<double>(GetParam().parameters));
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReleasedLayoutTest,
                         ::testing::Values(testing::Released2B(), testing::Released8B()),
                         [](const auto& param) { return std::string("Of") + param.param.name; });

}  // namespace
}  // namespace vlr
