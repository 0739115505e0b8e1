#include "model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"

static_assert(std::endian::native == std::endian::little, "safetensors values are read in place");

namespace vlr {
namespace {

constexpr char kSingleFile[] = "model.safetensors";
constexpr char kIndexFile[] = "model.safetensors.index.json";
constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);
// The format's own limit; the 8B model's largest header is below 100 kB.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kMaxDimensions = 8;

struct TypeName {
  std::string_view name;
  StorageType type;
  std::size_t bytes;
};
constexpr TypeName kTypes[] = {
    {"F32", StorageType::kFloat32, 4},   {"F16", StorageType::kFloat16, 2},
    {"BF16", StorageType::kBFloat16, 2}, {"F64", StorageType::kOther, 8},
    {"I64", StorageType::kOther, 8},     {"U64", StorageType::kOther, 8},
    {"I32", StorageType::kOther, 4},     {"U32", StorageType::kOther, 4},
    {"I16", StorageType::kOther, 2},     {"U16", StorageType::kOther, 2},
    {"I8", StorageType::kOther, 1},      {"U8", StorageType::kOther, 1},
    {"BOOL", StorageType::kOther, 1},    {"F8_E4M3", StorageType::kOther, 1},
    {"F8_E5M2", StorageType::kOther, 1},
};

Error FileError(const std::string& file, const std::string& message) {
  return {"model_invalid", file + ": " + message, file};
}

Error TensorError(const std::string& file, std::string_view tensor, const std::string& message) {
  return {"model_invalid", file + ": tensor " + std::string(tensor) + " " + message,
          file + ": " + std::string(tensor)};
}

std::string ShapeText(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

std::optional<std::uint64_t> Multiply(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
  return a * b;
}

// One header entry, checked against the data that follows the header.
Result<StoredTensor> ParseEntry(std::string_view name, const json::Value& entry,
                                std::span<const std::byte> data, const std::string& file) {
  const auto fail = [&](const std::string& message) { return TensorError(file, name, message); };
  if (!entry.IsObject()) return fail("is not described by an object");
  const auto dtype = entry.Find("dtype");
  const auto shape = entry.Find("shape");
  const auto offsets = entry.Find("data_offsets");
  if (!dtype || !dtype->IsString()) return fail("has no dtype");
  if (!shape || !shape->IsArray()) return fail("has no shape");
  if (!offsets || !offsets->IsArray() || offsets->size() != 2) return fail("has no data_offsets");

  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const TypeName& t) { return t.name == dtype->AsString(); });
  if (type == std::end(kTypes)) return fail("has the unknown dtype " + dtype->Dump());
  StoredTensor tensor{
      .type = type->type, .type_name = std::string(type->name), .shape = {}, .bytes = {}, .file = file};

  if (shape->size() > kMaxDimensions) return fail("has more than 8 dimensions");
  std::optional<std::uint64_t> bytes = type->bytes;
  for (std::size_t i = 0; i < shape->size(); ++i) {
    const json::Value extent = (*shape)[i];
    if (!extent.IsInteger() || extent.AsInteger() < 0) return fail("has a shape that is no list of sizes");
    tensor.shape.push_back(extent.AsInteger());
    bytes = Multiply(*bytes, static_cast<std::uint64_t>(extent.AsInteger()));
    if (!bytes) return fail("has a shape too large for any file");
  }

  const json::Value first = (*offsets)[0];
  const json::Value last = (*offsets)[1];
  if (!first.IsInteger() || !last.IsInteger() || first.AsInteger() < 0 ||
      last.AsInteger() < first.AsInteger()) {
    return fail("has data_offsets that are no range");
  }
  const auto begin = static_cast<std::uint64_t>(first.AsInteger());
  const auto end = static_cast<std::uint64_t>(last.AsInteger());
  if (end > data.size()) {
    return fail("ends at byte " + std::to_string(end) + " of the data, which has only " +
                std::to_string(data.size()) + ": the file is truncated");
  }
  if (end - begin != *bytes) {
    return fail("takes " + std::to_string(end - begin) + " bytes, its dtype and shape " +
                std::to_string(*bytes));
  }
  tensor.bytes = data.subspan(begin, end - begin);
  return tensor;
}

// Names one of two tensors that share bytes.
std::optional<Error> FindOverlap(const TensorMap& tensors, const std::string& file) {
  std::vector<TensorMap::const_pointer> order;
  for (const auto& item : tensors) {
    if (!item.second.bytes.empty()) order.push_back(&item);
  }
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->second.bytes.data() < b->second.bytes.data(); });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const auto& previous = order[i - 1]->second.bytes;
    if (previous.data() + previous.size() > order[i]->second.bytes.data()) {
      return TensorError(file, order[i]->first, "overlaps " + order[i - 1]->first);
    }
  }
  return std::nullopt;
}

// A shard is named by the index; nothing outside the folder may be.
bool IsBaseName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// Tensor name → shard, as the index says.
Result<std::map<std::string, std::string>> ParseIndex(const std::string& path) {
  const auto document = json::ParseFile(path);
  if (!document) return Error(document.error().code, document.error().message, kIndexFile);
  const auto weight_map = document->root().Find("weight_map");
  if (!weight_map || !weight_map->IsObject()) return FileError(kIndexFile, "weight_map is missing");
  std::map<std::string, std::string> shard_of;
  for (std::size_t i = 0; i < weight_map->size(); ++i) {
    const json::Value shard = weight_map->ValueAt(i);
    if (!shard.IsString() || !IsBaseName(shard.AsString())) {
      return TensorError(kIndexFile, weight_map->KeyAt(i), "is not mapped to a file name");
    }
    shard_of.emplace(weight_map->KeyAt(i), shard.AsString());
  }
  return shard_of;
}

}  // namespace

Result<TensorMap> ParseSafetensors(std::span<const std::byte> bytes, const std::string& file) {
  if (bytes.size() < kLengthBytes) return FileError(file, "is shorter than its header: truncated");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes)
    return FileError(file, "has a header over 100 MB: not a safetensors file");
  if (header_bytes > bytes.size() - kLengthBytes) return FileError(file, "ends within its header: truncated");
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, header_bytes);
  const auto document = json::Document::Parse(header, {.max_bytes = kMaxHeaderBytes, .max_depth = 8});
  if (!document) return FileError(file, "has a header that is no JSON: " + document.error().message);
  const json::Value root = document->root();
  if (!root.IsObject()) return FileError(file, "has a header that is no object");

  const auto data = bytes.subspan(kLengthBytes + header_bytes);
  TensorMap tensors;
  for (std::size_t i = 0; i < root.size(); ++i) {
    const std::string_view name = root.KeyAt(i);
    if (name == "__metadata__") continue;
    auto tensor = ParseEntry(name, root.ValueAt(i), data, file);
    if (!tensor) return tensor.error();
    tensors.emplace(name, *std::move(tensor));
  }
  if (auto overlap = FindOverlap(tensors, file)) return *std::move(overlap);
  return tensors;
}

Result<TensorFiles> TensorFiles::Open(const std::string& directory) {
  std::map<std::string, std::string> shard_of;
  std::set<std::string> shards;
  auto index = ParseIndex(directory + "/" + kIndexFile);
  if (index) {
    shard_of = *std::move(index);
    for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  } else if (index.error().code == "file_missing") {
    shards.insert(kSingleFile);
  } else {
    return index.error();
  }

  TensorFiles result;
  for (const std::string& shard : shards) {
    auto file = MappedFile::Open(std::filesystem::path(directory) / shard);
    if (!file) return Error(file.error().code, file.error().message, shard);
    auto tensors = ParseSafetensors((*file)->bytes(), shard);
    if (!tensors) return tensors.error();
    result.owners_.push_back(*std::move(file));
    for (auto& [name, tensor] : *tensors) {
      const auto [place, added] = result.tensors_.emplace(name, std::move(tensor));
      if (!added) return TensorError(shard, name, "is also in " + place->second.file);
    }
  }
  for (const auto& [name, shard] : shard_of) {
    const StoredTensor* tensor = result.Find(name);
    if (tensor == nullptr || tensor->file != shard) {
      return TensorError(kIndexFile, name, "is not in " + shard);
    }
  }
  return result;
}

TensorFiles TensorFiles::Of(TensorMap tensors, std::shared_ptr<const void> owner) {
  TensorFiles files;
  files.tensors_ = std::move(tensors);
  files.owners_.push_back(std::move(owner));
  return files;
}

const StoredTensor* TensorFiles::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

Result<const StoredTensor*> TensorFiles::Expect(const std::string& name,
                                                std::span<const std::int64_t> shape) const {
  const StoredTensor* tensor = Find(name);
  if (tensor == nullptr) return TensorError("checkpoint", name, "is missing");
  if (tensor->type == StorageType::kOther) {
    return TensorError(tensor->file, name, "is of dtype " + tensor->type_name + ", not F32, F16 or BF16");
  }
  if (!std::equal(tensor->shape.begin(), tensor->shape.end(), shape.begin(), shape.end())) {
    return TensorError(
        tensor->file, name,
        "has shape " + ShapeText(tensor->shape) + "; config.json asks for " + ShapeText(shape));
  }
  return tensor;
}

}  // namespace vlr
