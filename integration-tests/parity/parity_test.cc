// From media files to logits, every step of every recorded case against the reference implementation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "golden_shape.h"
#include "pixels/patches.h"
#include "storage/sigv4.h"
#include "tap_recorder.h"

namespace vlr::parity {
namespace {

constexpr double kLogitTolerance = 3e-5;
// Of a value inside, relative to its tensor's spread.
constexpr double kInnerTolerance = 3e-5;
constexpr double kBfloat16Band = 0.3;

template <class T>
std::string HashOf(const std::vector<T>& values) {
  return Sha256Hex({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

std::vector<double> Numbers(const json::Value& array) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < array.size(); ++i) numbers.push_back(array[i].AsNumber());
  return numbers;
}

// Mean, spread, first and last values of a tensor, as make_reference.py's stat() records them.
void ExpectStatistics(std::span<const float> values, const json::Value& expected) {
  const auto shape = Numbers(*expected.Find("shape"));
  ASSERT_EQ(static_cast<double>(values.size()),
            std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>()));
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  const double spread = expected.Find("std")->AsNumber();
  const double tolerance = kInnerTolerance * std::max(1.0, spread);
  EXPECT_NEAR(mean, expected.Find("mean")->AsNumber(), tolerance);
  EXPECT_NEAR(std::sqrt(squares / count), spread, tolerance);
  const auto first = Numbers(*expected.Find("first"));
  const auto last = Numbers(*expected.Find("last"));
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(values[i], first[i], tolerance);
  for (std::size_t i = 0; i < last.size(); ++i) {
    EXPECT_NEAR(values[values.size() - last.size() + i], last[i], tolerance);
  }
}

void ExpectValues(const std::vector<float>& values, const json::Value& expected) {
  const auto numbers = Numbers(expected);
  ASSERT_EQ(values.size(), numbers.size());
  double largest = 1;
  for (const double number : numbers) largest = std::max(largest, std::abs(number));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_NEAR(values[i], numbers[i], kInnerTolerance * largest) << i;
}

void ExpectIds(const PreparedDocument& document, const json::Value& golden) {
  const std::vector<std::int32_t>& ids = document.input.ids;
  EXPECT_EQ(document.full_ids, golden.Find("n_ids_full")->AsInteger());
  EXPECT_EQ(std::ssize(ids), golden.Find("n_ids")->AsInteger());
  EXPECT_EQ(HashOf(ids), golden.Find("ids_sha256")->AsString());
}

void ExpectPatches(const std::vector<std::shared_ptr<const VisionPatches>>& media, const json::Value& golden,
                   const char* grids, const char* values) {
  const json::Value expected = *golden.Find(grids);
  ASSERT_EQ(media.size(), expected.size());
  std::vector<float> all;
  for (std::size_t i = 0; i < media.size(); ++i) {
    const Grid& grid = media[i]->grid;
    EXPECT_EQ((std::vector<double>{double(grid.t), double(grid.h), double(grid.w)}), Numbers(expected[i]));
    const std::vector<float> own = NormalisedValues(*media[i]);
    all.insert(all.end(), own.begin(), own.end());
  }
  if (!media.empty()) EXPECT_EQ(HashOf(all), golden.Find(values)->Find("sha256")->AsString());
}

void ExpectPositions(const std::vector<std::int32_t>& positions, const json::Value& golden) {
  EXPECT_EQ(HashOf(positions), golden.Find("pos_sha256")->AsString());
  const std::size_t n = positions.size() / 3;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto first = positions.begin() + static_cast<std::ptrdiff_t>(axis * n);
    EXPECT_EQ(std::accumulate(first, first + static_cast<std::ptrdiff_t>(n), std::int64_t{0}),
              (*golden.Find("pos_sum"))[axis].AsInteger());
    EXPECT_EQ(first[static_cast<std::ptrdiff_t>(n) - 1], (*golden.Find("pos_last"))[axis].AsInteger());
  }
}

// The reference runs its tower once for images and once for videos; ours runs it once, images first.
void ExpectVision(const TapRecorder& taps, const json::Value& golden) {
  std::map<std::string, std::size_t> used;
  const auto next = [&](const std::string& key, const std::vector<float>& values,
                        const json::Value& expected) {
    const auto shape = Numbers(*expected.Find("shape"));
    const auto count = static_cast<std::size_t>(shape[0] * shape[1]);
    std::size_t& begin = used[key];
    ASSERT_LE(begin + count, values.size());
    ExpectStatistics(std::span(values).subspan(begin, count), expected);
    begin += count;
  };
  const auto each = [&](const char* key, const char* index,
                        const std::map<std::int64_t, std::vector<float>>& all) {
    const auto expected = golden.Find(key);
    if (!expected) return;
    for (std::size_t i = 0; i < expected->size(); ++i) {
      const std::int64_t which = (*expected)[i].Find(index)->AsInteger();
      SCOPED_TRACE(std::string(key) + " " + std::to_string(which));
      ASSERT_TRUE(all.contains(which));
      next(key + std::to_string(which), all.at(which), (*expected)[i]);
    }
  };
  each("vit_blocks", "block", taps.vision_blocks);
  each("deepstack", "tap", taps.deepstack);
  const auto merged = golden.Find("merged");
  for (std::size_t i = 0; merged && i < merged->size(); ++i) next("merged", taps.merged, (*merged)[i]);
  EXPECT_EQ(taps.merged.size(), used["merged"]);
}

class ParityTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ParityTest, Float32EqualsTheReferenceStepByStep) {
  const GoldenShape shape(GetParam());
  const auto model = shape.Load(DType::kFloat32);
  double worst_of_all = 0;
  for (std::size_t i = 0; i < shape.case_count(); ++i) {
    const std::string name(shape.RequestAt(i).Find("name")->AsString());
    const auto documents = shape.InputsAt(i);
    const json::Value answers = shape.AnswersAt(i);
    ASSERT_EQ(documents.size(), answers.size()) << name;
    double worst = 0;
    for (std::size_t j = 0; j < documents.size(); ++j) {
      SCOPED_TRACE(name + " document " + std::to_string(j));
      const ModelInput& input = documents[j].input;
      const json::Value golden = answers[j];
      ExpectIds(documents[j], golden);
      ExpectPatches(input.images, golden, "image_grid_thw", "pixel_values");
      ExpectPatches(input.videos, golden, "video_grid_thw", "pixel_values_videos");

      TapRecorder taps;
      model->SetTap(&taps);
      const float logit = model->Logits(std::span(&input, 1)).value()[0];
      model->SetTap(nullptr);
      ExpectPositions(taps.positions, golden);
      ExpectVision(taps, golden);
      const auto layers = golden.Find("layers_last");
      for (std::size_t layer = 0; layers && layer < layers->size(); ++layer) {
        SCOPED_TRACE("layer " + std::to_string(layer));
        ExpectValues(taps.layers_last.at(static_cast<std::int64_t>(layer)), (*layers)[layer]);
      }
      ExpectValues(taps.hidden_last, *golden.Find("hidden_last"));
      EXPECT_NEAR(logit, golden.Find("logit")->AsNumber(), kLogitTolerance);
      EXPECT_NEAR(ScoreOf(logit, DType::kFloat32), golden.Find("score")->AsNumber(), kLogitTolerance);
      worst = std::max(worst, std::abs(logit - golden.Find("logit")->AsNumber()));
    }
    std::printf("%s %-26s worst logit difference %.1e\n", GetParam(), name.c_str(), worst);
    worst_of_all = std::max(worst_of_all, worst);
  }
  std::printf("%s worst logit difference %.2e\n", GetParam(), worst_of_all);
}

std::vector<double> RanksOf(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<double>(i);
  return ranks;
}

double Spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const auto ranks_a = RanksOf(a);
  const auto ranks_b = RanksOf(b);
  const auto n = static_cast<double>(a.size());
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (ranks_a[i] - ranks_b[i]) * (ranks_a[i] - ranks_b[i]);
  return 1 - 6 * squares / (n * (n * n - 1));
}

// All documents of all cases in one call, which also mixes kinds in one packed batch.
TEST_P(ParityTest, Bfloat16KeepsTheOrder) {
  const GoldenShape shape(GetParam());
  std::vector<ModelInput> inputs;
  std::vector<double> expected;
  for (std::size_t i = 0; i < shape.case_count(); ++i) {
    for (auto& document : shape.InputsAt(i)) inputs.push_back(std::move(document.input));
    const json::Value answers = shape.AnswersAt(i);
    for (std::size_t j = 0; j < answers.size(); ++j) expected.push_back(answers[j].Find("logit")->AsNumber());
  }
  const auto narrow = shape.Load(DType::kBFloat16)->Logits(inputs).value();
  const auto wide = shape.Load(DType::kFloat32)->Logits(inputs).value();
  double worst = 0;
  double sum = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(wide[i], expected[i], kLogitTolerance) << i;
    EXPECT_NEAR(narrow[i], expected[i], kBfloat16Band) << i;
    worst = std::max(worst, std::abs(narrow[i] - expected[i]));
    sum += std::abs(narrow[i] - expected[i]);
  }
  const double spearman = Spearman({narrow.begin(), narrow.end()}, expected);
  EXPECT_GE(spearman, 0.99);
  std::printf("%s bfloat16: worst %.3f, mean %.4f, Spearman %.5f over %zu documents\n", GetParam(), worst,
              sum / static_cast<double>(expected.size()), spearman, expected.size());
}

INSTANTIATE_TEST_SUITE_P(Shapes, ParityTest, ::testing::Values("golden-a", "golden-b"),
                         [](const auto& param) {
                           return std::string(param.param) == "golden-a" ? "A" : "B";
                         });

}  // namespace
}  // namespace vlr::parity
