#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <iostream>

#include "model/thread_waits.h"
#include "sidecar/commands/commands.h"
#include "sidecar/version.h"

int main(int argc, char** argv) {
  vlr::SpinBrieflyWhileWaiting(argv);
  // A peer that closes early is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("vl-rerank: a multimodal reranker for search clusters");
  app.set_version_flag("--version", std::string("vl-rerank ") + vlr::kVersion);
  app.require_subcommand(1);
  std::function<int()> run;
  vlr::commands::AddServe(app, &run);
  vlr::commands::AddScore(app, &run);
  vlr::commands::AddTokenize(app, &run);
  vlr::commands::AddInspect(app, &run);
  vlr::commands::AddEval(app, &run);
  vlr::commands::AddVerify(app, &run);
  vlr::commands::AddBench(app, &run);
  vlr::commands::AddHashKey(app, &run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& failure) {
    return app.exit(failure) == 0 ? vlr::commands::kExitOk : vlr::commands::kExitBadInput;
  }
  try {
    return run();
  } catch (const std::exception& failure) {
    std::cerr << "vl-rerank: " << failure.what() << "\n";
    return 1;
  }
}
