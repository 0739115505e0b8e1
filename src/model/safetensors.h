// Tensors of a checkpoint, memory mapped: one model.safetensors, or shards named by
// model.safetensors.index.json.
//
//   file    := header_length:u64le  header:JSON  data
//   header  := { "<tensor>": {"dtype": "BF16", "shape": [n, m], "data_offsets": [begin, end]}, …,
//                "__metadata__": {string: string} }          offsets count from the start of data
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace vlr {

enum class StorageType { kFloat32, kFloat16, kBFloat16, kOther };

// A tensor as stored: row-major little-endian values inside a mapping, which its TensorFiles keeps alive.
struct StoredTensor {
  StorageType type = StorageType::kOther;
  std::string type_name;  // as the file spells it, "BF16"
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::string file;  // base name, for messages
};

using TensorMap = std::map<std::string, StoredTensor, std::less<>>;

// The tensors of one safetensors file held in `bytes`; the spans point into it. Every offset and shape is
// checked against the file; tensors may not overlap. Data need not be aligned. Errors: "model_invalid", part
// "<file>: <tensor>" or the file alone.
Result<TensorMap> ParseSafetensors(std::span<const std::byte> bytes, const std::string& file);

// All tensors of a checkpoint folder. Immutable; safe to read from several threads.
class TensorFiles {
 public:
  // Takes the index when there is one. Errors: "file_missing", "invalid_json", "model_invalid": truncated
  // file, bad offsets, a tensor that is in two shards, or that the index promises and the shard lacks.
  static Result<TensorFiles> Open(const std::string& directory);
  // Tensors in memory that `owner` keeps.
  static TensorFiles Of(TensorMap tensors, std::shared_ptr<const void> owner);

  const TensorMap& tensors() const { return tensors_; }
  const StoredTensor* Find(std::string_view name) const;
  // One of that shape, F32, F16 or BF16. Errors: "model_invalid", part "<file>: <tensor>", or
  // "checkpoint: <tensor>" where there is none.
  Result<const StoredTensor*> Expect(const std::string& name, std::span<const std::int64_t> shape) const;

 private:
  std::vector<std::shared_ptr<const void>> owners_;  // of what the tensors lie in
  TensorMap tensors_;
};

}  // namespace vlr
