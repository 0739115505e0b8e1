#include "rule_checkpoint.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <vector>

#include "base/json.h"
#include "model/checkpoint_layout.h"
#include "model/config.h"

namespace vlr::parity {
namespace {

std::uint64_t Fnv1a(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

// 24 random bits.
std::uint64_t SplitMix(std::uint64_t state) {
  state += 0x9E3779B97F4A7C15;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
  return (state ^ (state >> 31)) >> 40;
}

struct Moments {
  double mean;
  double deviation;
};

Moments MomentsOf(const TensorSpec& tensor) {
  const std::string& name = tensor.name;
  const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
  if (name.ends_with("bias")) return {0, 0.1};
  const std::size_t last = name.rfind('.');
  const std::size_t before = name.rfind('.', last - 1) + 1;
  if (name.substr(before, last - before).find("norm") != std::string::npos) return {1, 0.2};
  if (holds("embed_tokens") || holds("lm_head")) return {0, 0.25};
  if (holds("pos_embed")) return {0, 0.5};
  const std::int64_t inputs = tensor.elements() / tensor.shape[0];
  return {0, 1.6 / std::sqrt(static_cast<double>(inputs))};
}

std::uint16_t ToBfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

bool InFloat32(const std::string& name, const std::string& storage) {
  return storage == "float32" || (storage == "mixed" && name.find("visual.blocks") != std::string::npos);
}

// Row-major little-endian values.
std::string Values(const TensorSpec& tensor, const CheckpointRule& rule) {
  const Moments moments = MomentsOf(tensor);
  const std::uint64_t start = Fnv1a(tensor.name) ^ rule.seed;
  const bool wide = InFloat32(tensor.name, rule.storage);
  std::string bytes;
  for (std::int64_t i = 0; i < tensor.elements(); ++i) {
    const auto draw =
        static_cast<double>(SplitMix(start + static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15));
    const double unit = 2.0 * (draw + 0.5) / 16777216.0 - 1.0;
    const auto value = static_cast<float>(moments.mean + moments.deviation * std::sqrt(3.0) * unit);
    const std::uint32_t stored = wide ? std::bit_cast<std::uint32_t>(value) : ToBfloat16(value);
    for (int shift = 0; shift < (wide ? 32 : 16); shift += 8)
      bytes += static_cast<char>(stored >> shift & 0xFF);
  }
  return bytes;
}

Result<void> WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) return Error{"file_unreadable", path + " cannot be written", path};
  return {};
}

std::string Safetensors(const std::vector<TensorSpec>& tensors, const CheckpointRule& rule) {
  json::Writer header;
  std::string data;
  header.BeginObject();
  for (const TensorSpec& tensor : tensors) {
    const std::size_t begin = data.size();
    data += Values(tensor, rule);
    header.Key(tensor.name).BeginObject();
    header.Key("dtype").String(InFloat32(tensor.name, rule.storage) ? "F32" : "BF16");
    header.Key("shape").BeginArray();
    for (const std::int64_t extent : tensor.shape) header.Integer(extent);
    header.EndArray().Key("data_offsets").BeginArray();
    header.Integer(static_cast<std::int64_t>(begin)).Integer(static_cast<std::int64_t>(data.size()));
    header.EndArray().EndObject();
  }
  const std::string text = header.EndObject().Take();
  std::string file;
  for (int shift = 0; shift < 64; shift += 8) file += static_cast<char>(text.size() >> shift & 0xFF);
  return file + text + data;
}

std::string ShardName(int shard, int shards) {
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05d-of-%05d.safetensors", shard + 1, shards);
  return name;
}

}  // namespace

Result<void> WriteRuleWeights(const std::string& directory, const CheckpointRule& rule) {
  const auto config = LoadConfig(directory);
  if (!config) return config.error();
  auto tensors = CheckpointLayout(*config);
  if (rule.shards == 1) return WriteFile(directory + "/model.safetensors", Safetensors(tensors, rule));

  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  json::Writer index;
  index.BeginObject().Key("metadata").BeginObject().EndObject().Key("weight_map").BeginObject();
  for (int shard = 0; shard < rule.shards; ++shard) {
    const std::string name = ShardName(shard, rule.shards);
    std::vector<TensorSpec> own;
    for (auto i = static_cast<std::size_t>(shard); i < tensors.size();
         i += static_cast<std::size_t>(rule.shards)) {
      own.push_back(tensors[i]);
      index.Key(tensors[i].name).String(name);
    }
    if (const auto ok = WriteFile(directory + "/" + name, Safetensors(own, rule)); !ok) return ok.error();
  }
  return WriteFile(directory + "/model.safetensors.index.json", index.EndObject().EndObject().Take());
}

}  // namespace vlr::parity
