// Times RerankModel::Logits on recorded inputs (bench/common/recorded_inputs.h) and prints logits and rates
// as one JSON object.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "base/json.h"
#include "bench/common/recorded_inputs.h"
#include "model/reranker_model.h"
#include "model/thread_waits.h"

namespace {

// VmHWM, which unlike getrusage's figure starts anew with the program.
std::int64_t PeakResidentBytes() {
  std::ifstream status("/proc/self/status");
  const std::string key = "VmHWM:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoll(line.substr(key.size())) * 1024;
  }
  return 0;
}

int Run(int argc, char** argv) {
  vlr::ModelOptions options;
  std::string inputs_path;
  std::string dtype = "float32";
  int repeat = 1;
  std::size_t batch = 0;
  CLI::App app{"times the model on recorded inputs"};
  app.add_option("--model", options.directory, "folder with config.json and model*.safetensors")->required();
  app.add_option("--inputs", inputs_path, "safetensors file of inputs")->required();
  app.add_option("--dtype", dtype)->check(CLI::IsMember(vlr::DTypeNames()))->capture_default_str();
  app.add_option("--device", options.device)->capture_default_str();
  app.add_option("--threads", options.threads, "intra-op threads, 0: one a core")->capture_default_str();
  app.add_option("--repeat", repeat, "timed passes over all inputs")->capture_default_str();
  app.add_option("--batch", batch, "inputs a call, 0: all")->capture_default_str();
  app.add_option("--max-forward-tokens", options.max_forward_tokens)->capture_default_str();
  app.add_option("--max-forward-patches", options.max_forward_patches)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.dtype = vlr::ParseDType(dtype).value();

  const auto recorded = vlr::bench::ReadInputs(inputs_path);
  options.yes_id = recorded.yes_no[0];
  options.no_id = recorded.yes_no[1];
  const auto& named = recorded.inputs;
  std::vector<vlr::ModelInput> inputs;
  for (const auto& [name, input] : named) inputs.push_back(input);
  if (batch == 0) batch = inputs.size();

  const auto model = vlr::RerankModel::Load(options).value();
  std::vector<float> logits;
  std::vector<double> seconds;
  std::clock_t processor_time = 0;
  for (int pass = 0; pass <= repeat; ++pass) {  // the first pass warms up
    logits.clear();
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor_start = std::clock();
    for (std::size_t i = 0; i < inputs.size(); i += batch) {
      const auto part =
          model->Logits(std::span(inputs).subspan(i, std::min(batch, inputs.size() - i))).value();
      logits.insert(logits.end(), part.begin(), part.end());
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (pass == 0) continue;
    seconds.push_back(elapsed.count());
    processor_time += std::clock() - processor_start;
  }
  std::sort(seconds.begin(), seconds.end());

  vlr::json::Writer writer;
  writer.BeginObject().Key("logits").BeginObject();
  std::size_t next = 0;
  for (const auto& [name, input] : named) writer.Key(name).Float32(logits[next++]);
  writer.EndObject();
  if (!seconds.empty()) {
    const double median = seconds[seconds.size() / 2];
    writer.Key("seconds_median").Double(median).Key("seconds_min").Double(seconds.front());
    writer.Key("documents_per_second").Double(static_cast<double>(inputs.size()) / median);
    writer.Key("processor_seconds").Double(static_cast<double>(processor_time) / CLOCKS_PER_SEC / repeat);
  }
  writer.Key("weight_bytes").Integer(model->weight_bytes());
  writer.Key("peak_resident_bytes").Integer(PeakResidentBytes());
  writer.EndObject();
  std::cout << writer.Take() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  vlr::SpinBrieflyWhileWaiting(argv);
  try {
    return Run(argc, argv);
  } catch (const vlr::ErrorException& exception) {
    std::cerr << exception.error().code << ": " << exception.error().message << '\n';
    return 2;
  } catch (const std::exception& exception) {
    std::cerr << "vl-rerank-model-bench: " << exception.what() << '\n';
    return 1;
  }
}
