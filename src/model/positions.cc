#include "model/positions.h"

#include <algorithm>
#include <string>

namespace vlr {
namespace {

Error InputError(const std::string& message) {
  return {"invalid_input", message};
}

// Grids of one kind of medium in the order of their pads; a video gives one flat grid a temporal patch.
std::vector<Grid> FlatGrids(std::span<const Grid> grids, bool split_time) {
  std::vector<Grid> flat;
  for (const Grid& grid : grids) {
    if (split_time) {
      flat.insert(flat.end(), static_cast<std::size_t>(grid.t), Grid{1, grid.h, grid.w});
    } else {
      flat.push_back(grid);
    }
  }
  return flat;
}

}  // namespace

Result<std::vector<std::int32_t>> MropePositions(const ModelConfig& config, std::span<const std::int32_t> ids,
                                                 std::span<const Grid> images, std::span<const Grid> videos) {
  const auto merge = static_cast<int>(config.vision.spatial_merge_size);
  for (const auto grids : {images, videos}) {
    std::int64_t tokens = 0;
    for (const Grid& grid : grids) {
      if (grid.t < 1 || grid.h < merge || grid.w < merge || grid.h % merge != 0 || grid.w % merge != 0) {
        return InputError("a patch grid is not a multiple of the merge size");
      }
      tokens += grid.tokens(merge);
      if (tokens > std::ssize(ids)) return InputError("fewer pads than the media have tokens");
    }
  }
  const std::vector<Grid> image_grids = FlatGrids(images, false);
  const std::vector<Grid> video_grids = FlatGrids(videos, true);
  std::size_t next_image = 0;
  std::size_t next_video = 0;

  const std::size_t n = ids.size();
  std::vector<std::int32_t> positions(3 * n);
  std::int32_t next = 0;
  for (std::size_t i = 0; i < n;) {
    const bool image = ids[i] == config.image_token_id;
    if (!image && ids[i] != config.video_token_id) {
      positions[i] = positions[n + i] = positions[2 * n + i] = next++;
      ++i;
      continue;
    }
    const std::vector<Grid>& grids = image ? image_grids : video_grids;
    std::size_t& used = image ? next_image : next_video;
    if (used == grids.size())
      return InputError(image ? "more image pads than images" : "more video pads than videos");
    const Grid& grid = grids[used++];
    const int rows = grid.h / merge;
    const int columns = grid.w / merge;
    for (int t = 0; t < grid.t; ++t) {
      for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column, ++i) {
          if (i == n || ids[i] != (image ? config.image_token_id : config.video_token_id)) {
            return InputError(image ? "fewer image pads than an image has tokens"
                                    : "fewer video pads than a temporal patch has tokens");
          }
          positions[i] = next + t;
          positions[n + i] = next + row;
          positions[2 * n + i] = next + column;
        }
      }
    }
    next += std::max({grid.t, rows, columns});
  }
  if (next_image != image_grids.size()) return InputError("more images than image pads");
  if (next_video != video_grids.size()) return InputError("more videos than video pads");
  return positions;
}

}  // namespace vlr
