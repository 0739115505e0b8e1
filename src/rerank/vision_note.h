// What is remembered of a medium beside its features.
#pragma once

#include <string>

#include "base/error.h"
#include "rerank/media_preparer.h"

namespace vlr {

// The note of VisionPatches for what was prepared.
std::string NoteOf(const PreparedImage& image);
std::string NoteOf(const PreparedVideo& video);

// The medium again, its features in the place of its pixels. Errors: "vision_note_invalid".
Result<PreparedImage> ImageFrom(const CachedVision& cached, const std::string& key);
Result<PreparedVideo> VideoFrom(const CachedVision& cached, const std::string& key);

}  // namespace vlr
