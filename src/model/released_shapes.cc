#include "model/released_shapes.h"

namespace vlr {
namespace {

ModelConfig Common() {
  ModelConfig config;
  config.text = {.vocab_size = 151'936,
                 .num_kv_heads = 8,
                 .head_dim = 128,
                 .rms_norm_eps = 1e-6,
                 .rope_theta = 5e6,
                 .mrope_section = {24, 20, 20}};
  config.vision = {.num_heads = 16,
                   .in_channels = 3,
                   .patch_size = 16,
                   .temporal_patch_size = 2,
                   .spatial_merge_size = 2,
                   .num_position_embeddings = 2304};
  config.image_token_id = 151'655;
  config.video_token_id = 151'656;
  config.vision_start_token_id = 151'652;
  config.vision_end_token_id = 151'653;
  return config;
}

}  // namespace

Result<ModelConfig> ReleasedShape(const std::string& name) {
  ModelConfig config = Common();
  TextConfig& text = config.text;
  VisionConfig& vision = config.vision;
  if (name == "2b") {
    text.hidden_size = 2048;
    text.intermediate_size = 6144;
    text.num_layers = 28;
    text.num_heads = 16;
    text.tie_word_embeddings = true;
    vision.depth = 24;
    vision.hidden_size = 1024;
    vision.intermediate_size = 4096;
    vision.deepstack_visual_indexes = {5, 11, 17};
  } else if (name == "8b") {
    text.hidden_size = 4096;
    text.intermediate_size = 12'288;
    text.num_layers = 36;
    text.num_heads = 32;
    vision.depth = 27;
    vision.hidden_size = 1152;
    vision.intermediate_size = 4304;
    vision.deepstack_visual_indexes = {8, 16, 24};
  } else {
    return Error{"invalid_option", "the shape must be 2b or 8b, not \"" + name + "\"", "shape"};
  }
  vision.out_hidden_size = text.hidden_size;
  return config;
}

}  // namespace vlr
