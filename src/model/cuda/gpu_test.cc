// On a GPU: its kernels against plain ATen calls on the same values, and the model against the CPU's float32.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "model/cuda_plugin.h"
#include "model/device.h"
#include "model/kernels.h"
#include "model/keyed_inputs.h"
#include "model/linear.h"
#include "model/reranker_model.h"

namespace vlr {
namespace {

class GpuKernelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    device_ = OpenDevice("cuda").value();
    at::manual_seed(20261129);
    cuda_ = OpenCudaKernels();
    ASSERT_NE(cuda_, nullptr) << "libvlr_cuda.so was not found";
  }

  at::Tensor Random(at::IntArrayRef shape) const { return at::randn(shape).to(at::kBFloat16).to(device_); }

  // Within `units` of bfloat16's last place of the expected value, or of what it was summed from.
  static void ExpectClose(const at::Tensor& actual, const at::Tensor& expected, double units = 1,
                          double floor = 1e-2) {
    ASSERT_EQ(actual.sizes(), expected.sizes());
    const at::Tensor a = actual.to(at::kFloat);
    const at::Tensor e = expected.to(at::kFloat);
    ASSERT_FALSE(a.isnan().any().item<bool>());
    const at::Tensor over = (a - e).abs() - e.abs() * (units / 128.0) - floor;
    EXPECT_LE(over.max().item<float>(), 0.0F) << "worst " << (a - e).abs().max().item<float>();
  }

  // Eight-bit rows stand for `expected` as well as eight bits can, and their scales are those of ToFloat8.
  static void ExpectRows(const Rows& actual, const at::Tensor& expected) {
    const Rows plain = ToFloat8(expected);
    ExpectClose(actual.scales, plain.scales, 1, 1e-6);
    ExpectClose(actual.values.to(at::kFloat) * actual.scales, expected, 9, 1e-2);
  }

  c10::Device device_{c10::kCPU};
  c10::InferenceMode inference_;
  std::unique_ptr<Kernels> aten_ = MakeAtenKernels();
  std::unique_ptr<Kernels> cuda_;
};

constexpr std::int64_t kWidths[] = {8, 64, 264, 1152, 2048, 4096, 4304, 12288, 16384};

TEST_F(GpuKernelsTest, RmsNorm) {
  for (const std::int64_t width : kWidths) {
    const at::Tensor x = Random({37, width});
    const at::Tensor weight = Random({width});
    ExpectClose(cuda_->RmsNorm(x, weight, 1e-6), aten_->RmsNorm(x, weight, 1e-6));
  }
}

TEST_F(GpuKernelsTest, AddRmsNormAddsFirst) {
  for (const std::int64_t width : kWidths) {
    const at::Tensor hidden = Random({21, width});
    const at::Tensor same = hidden.clone();
    const at::Tensor delta = Random({21, width});
    const at::Tensor weight = Random({width});
    const at::Tensor expected = aten_->AddRmsNorm(same, delta, weight, 1e-6, Format::kPlain).values;
    ExpectClose(cuda_->AddRmsNorm(hidden.clone(), delta, weight, 1e-6, Format::kPlain).values, expected);
    ExpectRows(cuda_->AddRmsNorm(hidden, delta, weight, 1e-6, Format::kFloat8), expected);
    EXPECT_TRUE(hidden.equal(same));
  }
}

TEST_F(GpuKernelsTest, AddLayerNorm) {
  for (const std::int64_t width : kWidths) {
    const at::Tensor hidden = Random({21, width}) + 3;
    const at::Tensor same = hidden.clone();
    const at::Tensor delta = Random({21, width});
    const at::Tensor weight = Random({width});
    const at::Tensor bias = Random({width});
    const at::Tensor expected = aten_->AddLayerNorm(same, delta, weight, bias, 1e-6, Format::kPlain).values;
    ExpectClose(cuda_->AddLayerNorm(hidden.clone(), delta, weight, bias, 1e-6, Format::kPlain).values,
                expected);
    ExpectRows(cuda_->AddLayerNorm(hidden, delta, weight, bias, 1e-6, Format::kFloat8), expected);
    EXPECT_TRUE(hidden.equal(same));
    ExpectClose(cuda_->AddLayerNorm(same, {}, weight, bias, 1e-6, Format::kPlain).values, expected);
  }
}

TEST_F(GpuKernelsTest, Activations) {
  for (const std::int64_t width : kWidths) {
    const at::Tensor gate_up = Random({19, 2 * width}) * 4;
    const at::Tensor swiglu = aten_->SwiGlu(gate_up);
    ExpectClose(cuda_->SwiGluInFormat(gate_up, Format::kPlain).values, swiglu);
    ExpectRows(cuda_->SwiGluInFormat(gate_up, Format::kFloat8), swiglu);
    const at::Tensor x = Random({19, width}) * 4;
    const at::Tensor gelu = aten_->GeluTanh(x.clone(), Format::kPlain).values;
    ExpectClose(cuda_->GeluTanh(x.clone(), Format::kPlain).values, gelu);
    ExpectRows(cuda_->GeluTanh(x.clone(), Format::kFloat8), gelu);
    ExpectRows(cuda_->ToFormat(x, Format::kFloat8), x);
  }
}

TEST_F(GpuKernelsTest, ARowOfZerosHasAScale) {
  const Rows rows = cuda_->ToFormat(Random({3, 64}) * 0, Format::kFloat8);
  EXPECT_TRUE((rows.scales > 0).all().item<bool>());
  EXPECT_EQ(rows.values.to(at::kFloat).abs().max().item<float>(), 0.0F);
}

TEST_F(GpuKernelsTest, NormRotateFusedLeavesValuesAlone) {
  for (const std::int64_t dim : {64, 128, 256}) {
    const at::Tensor rows = Random({33, (6 + 2 * 2) * dim});
    const at::Tensor same = rows.clone();
    const at::Tensor query_weight = Random({dim});
    const at::Tensor key_weight = Random({dim});
    const at::Tensor cos = Random({33, dim / 2});
    const at::Tensor sin = Random({33, dim / 2});
    cuda_->NormRotateFused(rows, 6, 2, query_weight, key_weight, 1e-6, cos, sin);
    aten_->NormRotateFused(same, 6, 2, query_weight, key_weight, 1e-6, cos, sin);
    ExpectClose(rows, same, 1, 3e-2);
    EXPECT_TRUE(rows.narrow(1, 8 * dim, 2 * dim).equal(same.narrow(1, 8 * dim, 2 * dim)));
  }
}

TEST_F(GpuKernelsTest, NormRotateHeadsTurnsAViewOfFusedRows) {
  const at::Tensor rows = Random({19, 5 * 128});
  const at::Tensor same = rows.clone();
  const at::Tensor weight = Random({128});
  const at::Tensor cos = Random({19, 64});
  const at::Tensor sin = Random({19, 64});
  const auto heads = [](const at::Tensor& fused) { return fused.narrow(1, 128, 384).unflatten(1, {3, 128}); };
  cuda_->NormRotateHeads(heads(rows), weight, 1e-6, cos, sin);
  aten_->NormRotateHeads(heads(same), weight, 1e-6, cos, sin);
  ExpectClose(rows, same, 1, 3e-2);
}

TEST_F(GpuKernelsTest, RotateFusedKeepsFloatUntilTheEnd) {
  for (const std::int64_t dim : {8, 64, 72, 80}) {
    const at::Tensor qkv = Random({41, 3, 4, dim});
    const at::Tensor same = qkv.clone();
    const at::Tensor cos = at::randn({41, dim / 2}).to(device_);
    const at::Tensor sin = at::randn({41, dim / 2}).to(device_);
    cuda_->RotateFused(qkv, cos, sin);
    aten_->RotateFused(same, cos, sin);
    ExpectClose(qkv, same, 1, 1e-3);
    EXPECT_TRUE(qkv.select(1, 2).equal(same.select(1, 2)));
  }
}

TEST_F(GpuKernelsTest, RowsByIndex) {
  const at::Tensor wide = Random({40, 96});
  const at::Tensor x = wide.narrow(1, 32, 64);
  const at::Tensor index = at::randperm(40, at::TensorOptions(at::kLong)).narrow(0, 0, 13).to(device_);
  EXPECT_TRUE(cuda_->GatherRows(x, index).equal(x.index_select(0, index)));
  const at::Tensor values = Random({13, 64});
  const at::Tensor expected = x.clone().index_add_(0, index, values);
  cuda_->AddToRows(x, index, values);
  EXPECT_TRUE(x.equal(expected));
}

// With a float32 sum of what was there and the product, rounded once.
TEST_F(GpuKernelsTest, LinearOntoAddsAtOnceOrGivesWhatIsToBeAdded) {
  const at::Tensor weight = Random({96, 64});
  const at::Tensor bias = Random({96});
  for (const WeightFormat format : {WeightFormat::kPlain, WeightFormat::kInt8}) {
    for (const bool biased : {false, true}) {
      const Linear layer = MakeLinear(weight, biased ? bias : at::Tensor(), format);
      const at::Tensor x = Random({33, 64});
      at::Tensor hidden = Random({33, 96});
      const at::Tensor expected = hidden.to(at::kFloat) + layer(x).to(at::kFloat);
      const at::Tensor delta = cuda_->LinearOnto(layer, {x, {}}, hidden);
      EXPECT_EQ(delta.defined(), biased || format == WeightFormat::kInt8);
      if (delta.defined()) hidden.add_(delta);
      ExpectClose(hidden, expected, 2, 6e-2);
    }
  }
}

TEST_F(GpuKernelsTest, EightBitWeightsAreUnpackedAndMultiplied) {
  for (const auto& [outputs, inputs] :
       {std::pair{96, 64}, std::pair{33, 12288}, std::pair{300, 4304}, std::pair{7, 8}}) {
    const at::Tensor weight = Random({outputs, inputs});
    const at::Tensor x = Random({33, inputs});
    for (const WeightFormat format : {WeightFormat::kFloat8Unpacked, WeightFormat::kInt8}) {
      const Linear layer = MakeLinear(weight, Random({outputs}), format);
      const at::Tensor expected =
          at::linear(x.to(at::kFloat), layer.weight.to(at::kFloat) * layer.scales, layer.bias.to(at::kFloat));
      const double size = expected.norm().item<double>();
      // A product of many inputs and few outputs is summed in parts, which are rounded, too.
      EXPECT_LT((cuda_->Apply(layer, {x, {}}).to(at::kFloat) - expected).norm().item<double>(), 1e-2 * size);
      // Part of it begins inside the scales.
      const at::Tensor last = cuda_->Apply(layer.Outputs(outputs - 5, 5), {x, {}});
      ExpectClose(last, expected.narrow(1, outputs - 5, 5), 2, 2e-2 * std::sqrt(inputs));
    }
  }
}

// Rows that no kernel takes.
TEST_F(GpuKernelsTest, OddRowsGoThePlainWay) {
  const at::Tensor x = Random({5, 13});
  const at::Tensor weight = Random({13});
  ExpectClose(cuda_->RmsNorm(x, weight, 1e-6), aten_->RmsNorm(x, weight, 1e-6));
  const at::Tensor gate_up = Random({5, 26});
  ExpectClose(cuda_->SwiGlu(gate_up), aten_->SwiGlu(gate_up));
  const at::Tensor wide = x.to(at::kFloat);
  EXPECT_TRUE(cuda_->RmsNorm(wide, weight.to(at::kFloat), 1e-6)
                  .allclose(aten_->RmsNorm(wide, weight.to(at::kFloat), 1e-6)));
}

struct AttentionShape {
  std::int64_t heads, key_heads, dim;
};
constexpr AttentionShape kShapes[] = {{16, 16, 72}, {32, 8, 128}, {6, 3, 64}, {4, 1, 80}, {5, 5, 32}};

// Against float32 on the same values.
TEST_F(GpuKernelsTest, AttentionOverPackedSequences) {
  std::mt19937 random(7);
  for (const auto& [heads, key_heads, dim] : kShapes) {
    for (const Mask mask : {Mask::kNone, Mask::kCausal}) {
      SequenceBounds bounds{{0}, {0}};
      for (int i = 0; i < 9; ++i) {
        const std::int64_t queries = i == 0 ? 1 : 1 + static_cast<std::int64_t>(random() % 700);
        const std::int64_t more = i % 3 == 0 ? 0 : static_cast<std::int64_t>(random() % 300);
        bounds.query.push_back(bounds.query.back() + queries);
        bounds.key.push_back(bounds.key.back() + queries + more);
      }
      cuda_->Prepare(bounds);
      // Heads of fused rows, as the model gives them.
      const at::Tensor query = Random({bounds.query.back(), (heads + 1) * dim})
                                   .narrow(1, 0, heads * dim)
                                   .unflatten(1, {heads, dim});
      const at::Tensor fused = Random({bounds.key.back(), 2 * key_heads * dim});
      const at::Tensor key = fused.narrow(1, 0, key_heads * dim).unflatten(1, {key_heads, dim});
      const at::Tensor value =
          fused.narrow(1, key_heads * dim, key_heads * dim).unflatten(1, {key_heads, dim});
      const at::Tensor expected =
          aten_->Attention(query.to(at::kFloat), key.to(at::kFloat), value.to(at::kFloat), bounds, mask);
      ExpectClose(cuda_->Attention(query, key, value, bounds, mask), expected, 2, 2e-2);
    }
  }
}

TEST_F(GpuKernelsTest, AttentionOfLastTokensAlone) {
  const at::Tensor query = Random({2, 32, 128});
  const at::Tensor key = Random({500, 8, 128});
  const at::Tensor value = Random({500, 8, 128});
  SequenceBounds bounds{{0, 1, 2}, {0, 333, 500}};
  cuda_->Prepare(bounds);
  ExpectClose(
      cuda_->Attention(query, key, value, bounds, Mask::kNone),
      aten_->Attention(query.to(at::kFloat), key.to(at::kFloat), value.to(at::kFloat), bounds, Mask::kNone),
      2, 2e-2);
}

constexpr std::int32_t kImagePad = 2014;

// Text that shares its beginning, and pictures, on the golden checkpoint.
std::vector<ModelInput> Inputs() {
  std::mt19937 random(11);
  std::vector<ModelInput> inputs;
  std::vector<std::int32_t> query(40);
  for (auto& id : query) id = static_cast<std::int32_t>(random() % 1900);
  for (int i = 0; i < 12; ++i) {
    ModelInput input{query, {}, {}};
    for (unsigned k = 0, count = 5 + random() % 200; k < count; ++k) {
      input.ids.push_back(static_cast<std::int32_t>(random() % 1900));
    }
    if (i % 3 == 2) {
      const Grid grid{1, 4 + 2 * (i % 4), 6};
      VisionPatches patches;
      patches.grid = grid;
      patches.bytes.resize(static_cast<std::size_t>(grid.patches() * 1536));
      for (std::uint8_t& value : patches.bytes) value = static_cast<std::uint8_t>(random());
      // Of two scales, so that neighbours of a pack differ.
      if (i % 2 == 1) patches.scale = {{124, 116, 104}, {58, 57, 57}};
      input.ids.insert(input.ids.end(), static_cast<std::size_t>(grid.tokens(2)), kImagePad);
      input.ids.push_back(9);
      input.images.push_back(std::make_shared<const VisionPatches>(std::move(patches)));
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

ModelOptions OptionsFor(const std::string& device, DType dtype) {
  ModelOptions options;
  options.directory = VLR_TEST_DATA "/golden-a/model";
  options.device = device;
  options.dtype = dtype;
  options.yes_id = 2001;
  options.no_id = 2000;
  return options;
}

std::vector<float> LogitsOf(const std::string& device, DType dtype, std::int64_t memory_bytes = 0) {
  ModelOptions options = OptionsFor(device, dtype);
  options.memory_bytes = memory_bytes;
  return RerankModel::Load(options).value()->Logits(Inputs()).value();
}

// Keeps all that it is given.
class Kept : public VisionStore {
 public:
  std::shared_ptr<const EncodedVision> Find(const std::string& /*key*/) override { return nullptr; }
  void Put(const VisionPatches& medium, std::shared_ptr<const EncodedVision> encoded) override {
    const std::lock_guard lock(mutex_);
    host_[medium.key] = std::move(encoded);
    changed_.notify_all();
  }
  void Offer(const VisionPatches& medium, std::weak_ptr<const EncodedVision> on_device) override {
    const std::lock_guard lock(mutex_);
    device_[medium.key] = on_device.lock();
  }
  std::map<std::string, std::shared_ptr<const EncodedVision>> OnHost(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::minutes(1), [&] { return host_.size() == count; }));
    return host_;
  }
  std::map<std::string, std::shared_ptr<const EncodedVision>> OnDevice() {
    const std::lock_guard lock(mutex_);
    return device_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<const EncodedVision>> host_, device_;
};

// Pictures of known features, and no pixels.
std::vector<ModelInput> Encoded(std::vector<ModelInput> inputs,
                                const std::map<std::string, std::shared_ptr<const EncodedVision>>& known) {
  for (ModelInput& input : inputs) {
    for (auto& image : input.images) {
      VisionPatches patches;
      patches.grid = image->grid;
      patches.key = image->key;
      patches.encoded = known.at(image->key);
      image = std::make_shared<const VisionPatches>(std::move(patches));
    }
  }
  return inputs;
}

double MeanDifference(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

constexpr std::array kNarrow = {DType::kBFloat16, DType::kFloat8, DType::kInt8};

// What a GPU without units for eight-bit floats does, too.
TEST(GpuLinearTest, WeightsUnpackAsOnTheCpu) {
  const c10::InferenceMode inference;
  const c10::Device device = OpenDevice("cuda").value();
  const at::Tensor weight = at::randn({1500, 320}).to(at::kBFloat16);
  const at::Tensor x = at::randn({40, 320}).to(at::kBFloat16);
  for (const WeightFormat format : {WeightFormat::kFloat8Unpacked, WeightFormat::kInt8}) {
    const Linear on_cpu = MakeLinear(weight, {}, format);
    const Linear on_gpu = MakeLinear(weight.to(device), {}, format);
    const at::Tensor expected = on_cpu.Unpacked(at::kBFloat16).to(at::kFloat);
    const at::Tensor actual = on_gpu.Unpacked(at::kBFloat16).to(at::kCPU).to(at::kFloat);
    // Where a quotient falls between two eight-bit values, the devices may round it apart.
    EXPECT_LT((actual - expected).norm().item<double>(), 1e-3 * expected.norm().item<double>());
    const at::Tensor product = at::linear(x.to(at::kFloat), actual);
    EXPECT_LT((on_gpu(x.to(device)).to(at::kCPU).to(at::kFloat) - product).norm().item<double>(),
              4e-3 * product.norm().item<double>());
  }
}

TEST(GpuModelTest, Float32IsThatOfTheCpu) {
  const auto expected = LogitsOf("cpu", DType::kFloat32);
  const auto actual = LogitsOf("cuda", DType::kFloat32);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 3e-5) << i;
}

// Layers that come over while others are at work.
TEST(GpuModelTest, StreamedLayersGiveTheSameLogits) {
  for (const DType dtype : kNarrow) {
    EXPECT_EQ(LogitsOf("cuda", dtype, 1), LogitsOf("cuda", dtype));
  }
}

// The same logits from features that the device still has, and from those that were brought to the host.
TEST(GpuModelTest, EncodedPicturesNeedNoPixels) {
  const std::vector<ModelInput> inputs = WithKeys(Inputs(), "picture");
  std::size_t pictures = 0;
  for (const ModelInput& input : inputs) pictures += input.images.size();
  ASSERT_GT(pictures, 0u);
  const auto store = std::make_shared<Kept>();
  ModelOptions options = OptionsFor("cuda", DType::kBFloat16);
  options.device_cache_bytes = 64 << 20;
  options.vision_store = store;
  const auto model = RerankModel::Load(options).value();
  const auto expected = model->Logits(inputs).value();
  const auto on_device = store->OnDevice();
  ASSERT_EQ(on_device.size(), pictures);
  EXPECT_EQ(model->Logits(inputs).value(), expected);
  EXPECT_EQ(model->Logits(Encoded(inputs, on_device)).value(), expected);
  const auto on_host = store->OnHost(pictures);
  for (const auto& [key, encoded] : on_host) EXPECT_FALSE(encoded->values.empty()) << key;
  // Another replica, which has encoded nothing.
  options.vision_store = nullptr;
  const auto other = RerankModel::Load(options).value();
  EXPECT_EQ(other->Logits(Encoded(inputs, on_host)).value(), expected);
  options.device_cache_bytes = 0;
  EXPECT_EQ(RerankModel::Load(options).value()->Logits(Encoded(inputs, on_device)).value(), expected);
}

// As far from float32 as the CPU is in the same dtype.
TEST(GpuModelTest, NarrowTypesStayAsNearAsOnTheCpu) {
  const auto exact = LogitsOf("cpu", DType::kFloat32);
  for (const DType dtype : kNarrow) {
    const double on_cpu = MeanDifference(LogitsOf("cpu", dtype), exact);
    const double on_gpu = MeanDifference(LogitsOf("cuda", dtype), exact);
    EXPECT_LT(on_gpu, 2 * on_cpu + 1e-3);
    RecordProperty("dtype_" + std::to_string(static_cast<int>(dtype)), std::to_string(on_gpu));
  }
}

}  // namespace
}  // namespace vlr
