// The subcommands of `vl-rerank`. Exit codes: 0 ok, 1 a check failed, 2 bad usage or input. Results go to
// standard output as JSON, everything else to standard error.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace vlr::commands {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailedCheck = 1;
inline constexpr int kExitBadInput = 2;

// Each adds its subcommand; `run` is set to what main calls when it was the one chosen.
void AddServe(CLI::App& app, std::function<int()>* run);
void AddScore(CLI::App& app, std::function<int()>* run);
void AddTokenize(CLI::App& app, std::function<int()>* run);
void AddInspect(CLI::App& app, std::function<int()>* run);
void AddEval(CLI::App& app, std::function<int()>* run);
void AddVerify(CLI::App& app, std::function<int()>* run);
void AddBench(CLI::App& app, std::function<int()>* run);
void AddHashKey(CLI::App& app, std::function<int()>* run);

}  // namespace vlr::commands
