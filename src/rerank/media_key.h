// Names of prepared media.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "media/decoder.h"
#include "pixels/patches.h"
#include "rerank/content.h"
#include "rerank/media_preparer.h"

namespace vlr {

// Equal for two places that name the same object in the same way.
std::string NameOf(const MediaRef& media);
// The same with everything that decides what is made of it: for preparations under way.
std::string PreparationName(const MediaRef& media, const PreparationOptions& options,
                            const MediaTarget& target);

// Keys of the vision cache: content, preprocessing and tower. Empty when the target has no identity.
std::string ImageKey(std::string_view bytes, const ImageRequest& request, const MediaTarget& target);
std::string VideoKey(std::string_view bytes, const VideoRequest& request, const MediaTarget& target);
// `contents` are the frames that are looked at, in order.
std::string FrameListKey(const std::vector<std::string_view>& contents, double total_pixels, double fps,
                         const MediaTarget& target);

}  // namespace vlr
