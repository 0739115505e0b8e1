#include "sidecar/commands/model_arguments.h"

#include "model/dtype.h"

namespace vlr::commands {

void AddModelOptions(CLI::App* command, ModelArguments* arguments) {
  command->add_option("--model", arguments->path, "Checkpoint directory")->required();
  command->add_option("--device", arguments->device, "cpu or cuda:N")->capture_default_str();
  command->add_option("--dtype", arguments->dtype, DTypeChoices())->capture_default_str();
  command->add_option("--set", arguments->overrides, "key=value, as for serve; may be repeated");
}

Result<Settings> SettingsFrom(const ModelArguments& arguments) {
  std::vector<std::string> overrides = {"log.level=warning"};
  overrides.insert(overrides.end(), arguments.overrides.begin(), arguments.overrides.end());
  auto settings = LoadSettings("", ProcessEnvironment(), overrides);
  if (!settings) return settings.error();
  settings->model.path = arguments.path;
  settings->model.device = arguments.device;
  settings->model.dtype = arguments.dtype;
  return settings;
}

}  // namespace vlr::commands
