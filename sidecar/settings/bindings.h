// The table that ties each key to its place in Settings: files, environment and command line all go through
// it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <vector>

#include "sidecar/settings/settings.h"

namespace vlr {

struct Binding {
  std::string key;
  std::function<Result<void>(const YAML::Node&)> set;  // Error::message says what is expected; no key in it
};

// The bindings write into `settings`, which must outlive them.
std::vector<Binding> Bind(Settings* settings);

}  // namespace vlr
