// Times RerankModel::Logits on a GPU, work by work, each a file of recorded inputs; prints one JSON object:
// {"load_seconds", "weight_bytes", "works": [{"work", "ms", "min_ms", "max_ms", "peak_bytes", "logits"}]}. A
// work with media is timed twice, as WORK_cold (every pass encodes them) and WORK_warm (the device's cache
// has them).
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/json.h"
#include "bench/common/recorded_inputs.h"
#include "model/keyed_inputs.h"
#include "model/reranker_model.h"

namespace {

using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

struct Device {
  c10::DeviceAllocator* allocator;
  c10::DeviceIndex index;
  // Of the allocations alive, not of what the allocator keeps.
  std::int64_t Current() const { return allocated().current; }
  std::int64_t Peak() const { return allocated().peak; }
  c10::CachingAllocator::Stat allocated() const {
    return allocator->getDeviceStats(index).allocated_bytes[0];
  }
};

// For a profiler that is told to start off.
void CallOfCudart(const char* name) {
  if (auto* const call = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, name))) call();
}

class Bench {
 public:
  Bench(vlr::RerankModel* model, const Device& device, int repeat, bool profile)
      : model_(model), device_(device), repeat_(repeat), profile_(profile) {
    writer_.BeginArray();
  }

  // `inputs_of(pass)` for each pass; two more before them warm up.
  template <class InputsOf>
  void Time(const std::string& work, const InputsOf& inputs_of) {
    std::vector<double> times;
    std::vector<float> logits;
    std::int64_t peak = 0;
    for (int pass = -2; pass < repeat_; ++pass) {
      const std::vector<vlr::ModelInput> inputs = inputs_of(pass);
      const std::int64_t before = device_.Current();
      device_.allocator->resetPeakStats(device_.index);
      if (profile_ && pass + 1 == repeat_) CallOfCudart("cudaProfilerStart");
      const auto start = Clock::now();
      logits = model_->Logits(inputs).value();
      const auto elapsed = Clock::now() - start;
      if (profile_ && pass + 1 == repeat_) CallOfCudart("cudaProfilerStop");
      peak = std::max(peak, device_.Peak() - before);
      if (pass >= 0) times.push_back(Milliseconds(elapsed));
    }
    std::sort(times.begin(), times.end());
    writer_.BeginObject().Key("work").String(work).Key("ms").Double(times[times.size() / 2]);
    writer_.Key("min_ms").Double(times.front()).Key("max_ms").Double(times.back());
    writer_.Key("peak_bytes").Integer(peak).Key("logits").BeginArray();
    for (const float logit : logits) writer_.Float32(logit);
    writer_.EndArray().EndObject();
    std::cerr << work << ' ' << times[times.size() / 2] << " ms, peak " << peak / (1 << 20) << " MiB\n";
  }

  std::string Take() {
    writer_.EndArray();
    return writer_.Take();
  }

 private:
  vlr::RerankModel* model_;
  Device device_;
  int repeat_;
  bool profile_;
  vlr::json::Writer writer_;
};

int Run(int argc, char** argv) {
  vlr::ModelOptions options;
  options.device = "cuda:0";
  options.dtype = vlr::DType::kBFloat16;
  options.max_forward_tokens = 16'384;
  options.max_forward_patches = 65'536;
  options.device_cache_bytes = std::int64_t{16} << 30;
  std::string dtype = "bfloat16";
  std::vector<std::string> paths;
  int repeat = 10;
  double memory_gb = 0;
  bool profile = false;
  CLI::App app{"times the model on a GPU"};
  app.add_option("--model", options.directory, "folder with config.json and model*.safetensors")->required();
  app.add_option("--inputs", paths, "safetensors files of inputs, each a work by its name")->required();
  app.add_option("--dtype", dtype)->check(CLI::IsMember(vlr::DTypeNames()))->capture_default_str();
  app.add_option("--device", options.device)->capture_default_str();
  app.add_option("--repeat", repeat, "timed passes of each work")->capture_default_str();
  app.add_option("--max-forward-tokens", options.max_forward_tokens)->capture_default_str();
  app.add_option("--max-forward-patches", options.max_forward_patches)->capture_default_str();
  app.add_option("--memory-gb", memory_gb, "of the device, 0: all that it takes")->capture_default_str();
  app.add_option("--cache-bytes", options.device_cache_bytes, "for features of media")->capture_default_str();
  app.add_flag("--profile", profile, "tell a profiler to watch the last pass of each work");
  CLI11_PARSE(app, argc, argv);
  options.dtype = vlr::ParseDType(dtype).value();
  options.memory_bytes = static_cast<std::int64_t>(memory_gb * 1e9);

  const auto first = vlr::bench::ReadInputs(paths.front());
  options.yes_id = first.yes_no[0];
  options.no_id = first.yes_no[1];
  const auto start = Clock::now();
  const auto model = vlr::RerankModel::Load(options).value();
  const double load_seconds = Milliseconds(Clock::now() - start) / 1000;
  const c10::Device device(options.device);
  Bench bench(model.get(), {c10::getDeviceAllocator(device.type()), device.index()}, repeat, profile);
  for (const std::string& path : paths) {
    const std::string work = std::filesystem::path(path).stem().string();
    std::vector<vlr::ModelInput> inputs;
    bool media = false;
    for (const auto& [name, input] : vlr::bench::ReadInputs(path).inputs) {
      inputs.push_back(input);
      media = media || !input.images.empty() || !input.videos.empty();
    }
    if (media) {
      bench.Time(work + "_cold",
                 [&](int pass) { return vlr::WithKeys(inputs, work + ":" + std::to_string(pass)); });
      const auto kept = vlr::WithKeys(inputs, work);
      bench.Time(work + "_warm", [&](int) { return kept; });
    } else {
      bench.Time(work, [&](int) { return inputs; });
    }
  }
  std::cout << "{\"load_seconds\":" << load_seconds << ",\"weight_bytes\":" << model->weight_bytes()
            << ",\"works\":" << bench.Take() << "}\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const vlr::ErrorException& exception) {
    std::cerr << exception.error().code << ": " << exception.error().message << '\n';
    return 2;
  } catch (const std::exception& exception) {
    std::cerr << "vl-rerank-gpu-bench: " << exception.what() << '\n';
    return 1;
  }
}
