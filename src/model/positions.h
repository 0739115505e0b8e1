// Position ids of the multimodal rotary embedding: three axes (time, row, column) a token.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "model/config.h"
#include "pixels/image.h"

namespace vlr {

// Positions [3, n], row-major, of `ids`. Text counts up equally on the three axes; a picture whose first pad
// is at position p has (p, p + row, p + column) over its merged grid; what follows starts at the largest
// position so far plus one. A video's temporal patches are pictures of their own, with text between them.
// `images` and `videos` are patch grids in the order of their pads in `ids`. Errors: "invalid_input" when
// pads and grids do not match.
Result<std::vector<std::int32_t>> MropePositions(const ModelConfig& config, std::span<const std::int32_t> ids,
                                                 std::span<const Grid> images, std::span<const Grid> videos);

}  // namespace vlr
