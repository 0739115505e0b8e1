#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "rerank/checkpoint_check.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/model_arguments.h"
#include "sidecar/commands/published_scores.h"
#include "sidecar/commands/report.h"

namespace vlr::commands {
namespace {

struct VerifyArguments {
  ModelArguments model;
  std::string published;
  CheckpointCheckOptions checks;
};

void WriteAgreement(json::Writer* out, const Agreement& agreement, const std::string& dtype) {
  const PassMarks marks = MarksOf(dtype);
  out->Key("published").BeginObject().Key("dtype").String(dtype);
  out->Key("pairs").Integer(static_cast<std::int64_t>(agreement.pairs));
  out->Key("mean_absolute_error").Double(agreement.mean_error).Key("max_error").Double(agreement.max_error);
  out->Key("spearman").Double(agreement.spearman).Key("pass_marks").BeginObject();
  out->Key("mean_absolute_error").Double(marks.max_mean_error).Key("spearman").Double(marks.min_spearman);
  out->EndObject().Key("passed").Bool(agreement.Passes(marks)).EndObject();
}

int Verify(const VerifyArguments& arguments) {
  const auto settings = SettingsFrom(arguments.model);
  if (!settings) return Complain(settings.error());

  json::Writer out;
  bool passed = true;
  out.BeginObject().Key("checks").BeginArray();
  for (const CheckpointCheck& check : CheckCheckpoint(arguments.model.path, arguments.checks)) {
    out.BeginObject().Key("check").String(check.name).Key("passed").Bool(check.passed);
    out.Key("detail").String(check.detail).EndObject();
    passed = passed && check.passed;
  }
  out.EndArray();
  if (passed && !arguments.published.empty()) {
    const auto agreement = RecomputePublished(arguments.published, *settings);
    if (!agreement) return Complain(agreement.error());
    WriteAgreement(&out, *agreement, arguments.model.dtype);
    passed = agreement->Passes(MarksOf(arguments.model.dtype));
  }
  std::cout << out.Key("passed").Bool(passed).EndObject().Take() << "\n";
  return passed ? kExitOk : kExitFailedCheck;
}

}  // namespace

void AddVerify(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand("verify", "Is this the checkpoint that it claims to be?");
  AddModelOptions(command, &arguments->model);
  command->add_option("--published", arguments->published, "File of published scores to compute again");
  command->add_flag("--values", arguments->checks.values, "Looks for NaN and infinity in every weight");
  command->add_option("--template-sha256", arguments->checks.template_sha256,
                      "What the chat template must have");
  command->callback([=] { *run = [arguments] { return Verify(*arguments); }; });
}

}  // namespace vlr::commands
