// What every command that scores takes on its command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sidecar/settings/settings.h"

namespace vlr::commands {

struct ModelArguments {
  std::string path;
  std::string device = "cpu";
  std::string dtype = "float32";
  std::vector<std::string> overrides;  // key=value
};

// Adds --model, which is required, --device, --dtype and --set. `arguments` must outlive the command.
void AddModelOptions(CLI::App* command, ModelArguments* arguments);
// The environment's and the overrides' settings with this model, and only warnings logged. Errors: those of
// LoadSettings.
Result<Settings> SettingsFrom(const ModelArguments& arguments);

}  // namespace vlr::commands
