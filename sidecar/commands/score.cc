#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "sidecar/api/rerank_body.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/model_arguments.h"
#include "sidecar/commands/report.h"
#include "sidecar/runtime/runtime.h"
#include "sidecar/settings/settings.h"

namespace vlr::commands {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxInputBytes = std::size_t{1} << 30;
constexpr std::chrono::hours kTimeout{24};

struct ScoreArguments {
  ModelArguments model;
  std::string input = "-";
  std::string media_root;
  bool logits = false;
};

Result<std::string> ReadInput(const std::string& input) {
  if (input != "-") return ReadFile(input, kMaxInputBytes);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

int Score(const ScoreArguments& arguments) {
  auto settings = SettingsFrom(arguments.model);
  if (!settings) return Complain(settings.error());
  if (!arguments.media_root.empty()) settings->storage.media_root = arguments.media_root;
  const auto text = ReadInput(arguments.input);
  if (!text) return Complain(text.error());
  api::RequestDefaults defaults;
  defaults.preparation = DefaultPreparation(settings->model);
  defaults.timeout = kTimeout;
  defaults.max_timeout = kTimeout;
  defaults.max_documents = kMaxInputBytes;
  defaults.max_media = kMaxInputBytes;
  auto request = api::ParseNativeRequest(*text, defaults);
  if (!request) return Complain(request.error());
  const auto options = ModelToLoad(*settings);
  if (!options) return Complain(options.error());
  auto model = LoadedModel::Load(*options);
  if (!model) return Complain(model.error());
  request->rerank.deadline = std::chrono::steady_clock::now() + kTimeout;

  asio::io_context io(1);
  auto runtime = Runtime::Create(io, *settings);
  if (!runtime) return Complain(runtime.error());
  std::future<Result<RerankResponse>> answer =
      asio::co_spawn(io, (*runtime)->engine().Rerank(*model, request->rerank), asio::use_future);
  io.run();
  const Result<RerankResponse> response = answer.get();
  if (!response) return Complain(response.error());
  std::cout << api::WriteNativeResponse(*request, *response, "score", (*model)->name(),
                                        {.logits = arguments.logits})
            << "\n";
  return kExitOk;
}

}  // namespace

void AddScore(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<ScoreArguments>();
  CLI::App* command = app.add_subcommand("score", "Scores one native request, without a server");
  AddModelOptions(command, &arguments->model);
  command->add_option("--input", arguments->input, "File with the request; - is standard input");
  command->add_option("--media-root", arguments->media_root, "Folder of relative and file: media");
  command->add_flag("--logits", arguments->logits, "Adds the logit to each result");
  command->callback([=] { *run = [arguments] { return Score(*arguments); }; });
}

}  // namespace vlr::commands
