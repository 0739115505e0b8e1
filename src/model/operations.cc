#include "model/operations.h"

#include <set>

#include "model/shared_prefix.h"

namespace vlr {
namespace {

constexpr double kMultiplyAdd = 2;

double Number(std::int64_t value) {
  return static_cast<double>(value);
}

// Products of queries with keys and of weights with values, of `pairs` of a query and a key that it sees.
double AttentionOf(std::int64_t heads, std::int64_t head_dim, double pairs) {
  return kMultiplyAdd * 2 * Number(heads * head_dim) * pairs;
}

double Decoder(const TextConfig& text, std::span<const ModelInput> inputs,
               const std::vector<PrefixGroup>& groups) {
  const std::int64_t query = text.num_heads * text.head_dim;
  const std::int64_t key = text.num_kv_heads * text.head_dim;
  const double kv = kMultiplyAdd * Number(text.hidden_size * 2 * key);
  const double rest =
      kMultiplyAdd * Number(2 * text.hidden_size * query + 3 * text.hidden_size * text.intermediate_size);
  const auto before_last = Number(text.num_layers - 1);
  double sum = 0;
  // Rows [begin, end) of a sequence in all layers but the last, and their keys and values there.
  const auto rows = [&](double begin, double end) {
    const double pairs = (end * (end + 1) - begin * (begin + 1)) / 2;
    sum += (end - begin) * (before_last * (kv + rest) + kv);
    sum += before_last * AttentionOf(text.num_heads, text.head_dim, pairs);
  };
  for (const PrefixGroup& group : groups) {
    const auto shared = static_cast<double>(group.length);
    rows(0, shared);
    for (const ModelInput& input : inputs.subspan(group.first, group.count)) {
      const auto length = static_cast<double>(input.ids.size());
      rows(shared, length);
      sum += rest + AttentionOf(text.num_heads, text.head_dim, length);
    }
  }
  return sum;
}

double TowerOf(const VisionConfig& vision, const Grid& grid) {
  const std::int64_t hidden = vision.hidden_size;
  const std::int64_t merged = hidden * vision.merge_unit();
  const double block = kMultiplyAdd * Number(4 * hidden * hidden + 2 * hidden * vision.intermediate_size);
  const double merger = kMultiplyAdd * Number(merged * merged + merged * vision.out_hidden_size);
  const auto mergers = Number(1 + std::ssize(vision.deepstack_visual_indexes));
  const double patches = Number(grid.patches());
  const double frame = Number(std::int64_t{grid.h} * grid.w);
  return patches * kMultiplyAdd * Number(vision.patch_values() * hidden) +
         Number(vision.depth) *
             (patches * block + AttentionOf(vision.num_heads, vision.head_dim(), patches * frame)) +
         mergers * patches / Number(vision.merge_unit()) * merger;
}

}  // namespace

Operations OperationsOf(const ModelConfig& config, std::span<const ModelInput> inputs) {
  Operations operations;
  operations.decoder = Decoder(config.text, inputs, GroupByPrefix(config, inputs));
  std::set<const VisionPatches*> seen;
  for (const ModelInput& input : inputs) {
    for (const auto* media : {&input.images, &input.videos}) {
      for (const auto& medium : *media) {
        if (seen.insert(medium.get()).second) operations.tower += TowerOf(config.vision, medium->grid);
      }
    }
  }
  return operations;
}

}  // namespace vlr
