// How pictures and video frames are normalised, as the checkpoint's processor files say.
#pragma once

#include <string>

#include "base/error.h"
#include "model/config.h"
#include "pixels/patches.h"

namespace vlr {

struct ProcessorConfig {
  PatchLayout image;
  PatchLayout video;
};

// Reads preprocessor_config.json and, when there is one, video_preprocessor_config.json of the directory.
// Their sizes must agree with the model's. Errors: "file_missing", "invalid_json", "model_invalid" naming
// file and key.
Result<ProcessorConfig> LoadProcessorConfig(const std::string& directory, const VisionConfig& vision);

}  // namespace vlr
