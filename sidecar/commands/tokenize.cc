#include <filesystem>
#include <iostream>
#include <memory>

#include "sidecar/commands/commands.h"
#include "sidecar/commands/report.h"
#include "text/tokenize_stream.h"
#include "text/tokenizer.h"

namespace vlr::commands {
namespace {

struct TokenizeArguments {
  std::string model;
  bool literal_specials = false;
};

int Tokenize(const TokenizeArguments& arguments) {
  const auto tokenizer =
      Tokenizer::FromFile((std::filesystem::path(arguments.model) / "tokenizer.json").string());
  if (!tokenizer) return Complain(tokenizer.error());
  std::ios::sync_with_stdio(false);
  const auto lines = TokenizeStream(std::cin, std::cout, **tokenizer, arguments.literal_specials);
  if (!lines) return Complain(lines.error());
  return kExitOk;
}

}  // namespace

void AddTokenize(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<TokenizeArguments>();
  CLI::App* command = app.add_subcommand("tokenize", "NDJSON {\"text\"} in, {\"ids\"} out");
  command->add_option("--model", arguments->model, "Checkpoint directory")->required();
  command->add_flag("--literal-specials", arguments->literal_specials,
                    "Special tokens in a text become their ids");
  command->callback([=] { *run = [arguments] { return Tokenize(*arguments); }; });
}

}  // namespace vlr::commands
