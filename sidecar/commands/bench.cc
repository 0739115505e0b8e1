#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/gpu_memory.h"
#include "model/keyed_inputs.h"
#include "model/memory_plan.h"
#include "model/operations.h"
#include "model/random_tensors.h"
#include "model/released_shapes.h"
#include "rerank/loaded_model.h"
#include "sidecar/bench/work.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/report.h"

namespace vlr::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxDocuments = 1000, kMaxTokens = 32'768, kMaxRepeat = 10'000;
constexpr int kTokensBesidePicture = 84;  // 64 of instruction and query, 20 of the document

struct BenchArguments {
  std::string model;
  std::string shape;
  std::string device = "cpu";
  std::string dtype = "float32";
  std::string image;
  int documents = 50;
  int tokens = 0;
  int repeat = 10;
};

// A request's passes.
struct Times {
  std::string request;
  double arithmetic = 0;  // operations of one pass
  double tokens = 0;
  std::vector<double> ms;
};

double Milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// Of what the model takes on its device, or of all that the process does on the CPU.
std::int64_t PeakBytes(const std::string& device) {
  if (const auto bytes = PeakTensorBytes(device)) return *bytes;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  constexpr std::int64_t kKibibyte = 1024;
  return kKibibyte * usage.ru_maxrss;
}

Result<bench::Work> WorkOf(const BenchArguments& arguments) {
  bench::Work work{.documents = arguments.documents, .tokens = arguments.tokens, .image = {}};
  if (!arguments.image.empty()) {
    const auto size = bench::ParseImageSize(arguments.image);
    if (!size) return size.error();
    work.image = *size;
  }
  if (work.tokens == 0) work.tokens = work.image ? kTokensBesidePicture : bench::Work().tokens;
  return work;
}

// Of the features of a request's pictures on a GPU.
std::int64_t FeatureBytes(const ModelConfig& config, const std::vector<ModelInput>& inputs) {
  constexpr std::int64_t kMaxNumberBytes = 4;
  std::int64_t patches = 0;
  for (const ModelInput& input : inputs) {
    for (const auto& picture : input.images) patches += picture->grid.patches();
  }
  return patches * kMaxNumberBytes * FeatureValuesAPatch(config.vision);
}

// `inputs_of(pass)` once to warm up, then once for each time.
template <class InputsOf>
Result<void> Measure(RerankModel& model, int repeat, const InputsOf& inputs_of, Times* times) {
  for (int pass = 0; pass <= repeat; ++pass) {
    const std::vector<ModelInput> inputs = inputs_of(pass);
    const auto start = Clock::now();
    const auto logits = model.Logits(inputs);
    const double elapsed = Milliseconds(Clock::now() - start);
    if (!logits) return logits.error();
    if (pass > 0) times->ms.push_back(elapsed);
  }
  std::sort(times->ms.begin(), times->ms.end());
  return {};
}

void Write(json::Writer* out, const Times& times, int documents) {
  const double median = times.ms[times.ms.size() / 2];
  const double seconds = median / 1000;
  out->BeginObject().Key("request").String(times.request).Key("ms").Double(median);
  out->Key("min_ms").Double(times.ms.front()).Key("max_ms").Double(times.ms.back());
  out->Key("documents_per_s").Double(documents / seconds).Key("tokens_per_s").Double(times.tokens / seconds);
  out->Key("tflops").Double(times.arithmetic / seconds / 1e12).EndObject();
}

int Bench(const BenchArguments& arguments) {
  const auto dtype = ParseDType(arguments.dtype);
  if (!dtype) return Complain(dtype.error());
  const auto work = WorkOf(arguments);
  if (!work) return Complain(work.error());
  const bool random = !arguments.shape.empty();
  const auto config = random ? ReleasedShape(arguments.shape) : LoadConfig(arguments.model);
  if (!config) return Complain(config.error());
  const std::vector<ModelInput> inputs = bench::DrawInputs(*config, *work);

  LoadedModelOptions sizes;
  sizes.gpu_cache_bytes = FeatureBytes(*config, inputs);
  ModelOptions options;
  options.device = arguments.device;
  options.dtype = *dtype;
  options.yes_id = 0;
  options.no_id = 1;
  SizeForDevice(sizes, &options);
  auto tensors = random ? RandomTensors(*config) : TensorFiles::Open(arguments.model);
  if (!tensors) return Complain(tensors.error());
  const auto start = Clock::now();
  const auto model = RerankModel::Load(*config, *std::move(tensors), options);
  if (!model) return Complain(model.error());
  const double load_ms = Milliseconds(Clock::now() - start);

  const Operations operations = OperationsOf(*config, inputs);
  double tokens = 0;
  for (const ModelInput& input : inputs) tokens += static_cast<double>(input.ids.size());
  std::vector<Times> requests;
  requests.push_back(
      {work->image ? "new pictures" : "text", operations.decoder + operations.tower, tokens, {}});
  const auto fresh = Measure(
      **model, arguments.repeat, [&](int pass) { return WithKeys(inputs, std::to_string(pass)); },
      &requests.back());
  if (!fresh) return Complain(fresh.error());
  // A CPU keeps nothing of pictures by itself.
  if (work->image && arguments.device != "cpu") {
    const std::vector<ModelInput> known = WithKeys(inputs, "0");
    requests.push_back({"known pictures", operations.decoder, tokens, {}});
    const auto again = Measure(
        **model, arguments.repeat, [&](int) { return known; }, &requests.back());
    if (!again) return Complain(again.error());
  }

  json::Writer out;
  out.BeginObject().Key("model").String(random ? arguments.shape + ", random weights" : arguments.model);
  out.Key("device").String(arguments.device).Key("dtype").String(NameOf(*dtype));
  out.Key("documents").Integer(work->documents).Key("tokens").Integer(work->tokens).Key("image");
  arguments.image.empty() ? out.Null() : out.String(arguments.image);
  out.Key("repeat").Integer(arguments.repeat).Key("load_ms").Double(load_ms);
  out.Key("weight_bytes")
      .Integer((*model)->weight_bytes())
      .Key("peak_bytes")
      .Integer(PeakBytes(arguments.device));
  out.Key("requests").BeginArray();
  for (const Times& times : requests) Write(&out, times, work->documents);
  std::cout << out.EndArray().EndObject().Take() << "\n";
  return kExitOk;
}

}  // namespace

void AddBench(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = app.add_subcommand("bench", "What the model alone takes for a request on this machine");
  CLI::Option_group* source = command->add_option_group("weights");
  source->add_option("--model", arguments->model, "Checkpoint directory");
  source->add_option("--shape", arguments->shape, "2b or 8b: random weights of that released shape");
  source->require_option(1);
  command->add_option("--docs", arguments->documents, "Documents of a request")
      ->check(CLI::Range(1, kMaxDocuments))
      ->capture_default_str();
  command->add_option("--tokens", arguments->tokens, "Of text in a prompt; 256, or 84 beside a picture")
      ->check(CLI::Range(1, kMaxTokens));
  command->add_option("--image", arguments->image, "WIDTHxHEIGHT of a picture in each document");
  command->add_option("--device", arguments->device, "cpu or cuda:N")->capture_default_str();
  command->add_option("--dtype", arguments->dtype, DTypeChoices())->capture_default_str();
  command->add_option("--repeat", arguments->repeat, "Timed passes, after one that is not")
      ->check(CLI::Range(1, kMaxRepeat))
      ->capture_default_str();
  command->callback([=] { *run = [arguments] { return Bench(*arguments); }; });
}

}  // namespace vlr::commands
