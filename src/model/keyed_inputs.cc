#include "model/keyed_inputs.h"

#include <memory>
#include <utility>

namespace vlr {

std::vector<ModelInput> WithKeys(std::vector<ModelInput> inputs, const std::string& prefix) {
  int next = 0;
  for (ModelInput& input : inputs) {
    for (auto* media : {&input.images, &input.videos}) {
      for (auto& medium : *media) {
        auto copy = std::make_shared<VisionPatches>(*medium);
        copy->key = prefix + "-" + std::to_string(next++);
        medium = std::move(copy);
      }
    }
  }
  return inputs;
}

}  // namespace vlr
