#include "rerank/checkpoint_check.h"

#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "model/checkpoint_layout.h"
#include "model/safetensors.h"
#include "rerank/finite_weights.h"
#include "rerank/loaded_model.h"
#include "rerank/processor_config.h"
#include "rerank/sha256_list.h"

namespace vlr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTemplateFile = "chat_template.jinja";

// What was found, or the first tensor that does not fit.
Result<std::string> CheckTensors(const TensorFiles& files, const ModelConfig& config) {
  std::set<std::string, std::less<>> known;
  std::set<std::string> types;
  std::int64_t elements = 0;
  for (const TensorSpec& spec : CheckpointLayout(config)) {
    const auto tensor = files.Expect(spec.name, spec.shape);
    if (!tensor) return tensor.error();
    known.insert(spec.name);
    types.insert((*tensor)->type_name);
    elements += spec.elements();
  }
  std::string text = std::to_string(known.size()) + " tensors, " + std::to_string(elements) + " parameters,";
  for (const std::string& type : types) text += " " + type;
  if (files.tensors().size() > known.size()) {
    text += "; " + std::to_string(files.tensors().size() - known.size()) + " more that are not used";
  }
  return text;
}

Result<std::string> CheckTokenizer(const std::string& directory, const std::optional<ModelConfig>& config) {
  const auto tokenizer = Tokenizer::FromFile((fs::path(directory) / "tokenizer.json").string());
  if (!tokenizer) return tokenizer.error();
  const auto prompts = PromptBuilder::Create(*tokenizer);
  if (!prompts) return prompts.error();
  if (config) {
    if (const auto agreed = CheckTokenIds(*config, **tokenizer); !agreed) return agreed.error();
  }
  return std::to_string((*tokenizer)->vocabulary_size()) + " tokens, yes " +
         std::to_string(prompts->yes_id()) + ", no " + std::to_string(prompts->no_id());
}

Result<std::string> CheckTemplate(const std::string& directory, const std::string& wanted) {
  const auto sha256 = Sha256OfFile((fs::path(directory) / kTemplateFile).string());
  if (!sha256) return sha256.error();
  if (!wanted.empty() && *sha256 != wanted) {
    return Error{"model_invalid", std::string(kTemplateFile) + " has SHA-256 " + *sha256 + ", not " + wanted,
                 kTemplateFile};
  }
  return std::string(kTemplateFile) + " has SHA-256 " + *sha256;
}

class Report {
 public:
  void Add(const std::string& name, const Result<std::string>& outcome) {
    checks_.push_back({name, outcome.has_value(), outcome ? *outcome : outcome.error().message});
  }
  std::vector<CheckpointCheck> Take() { return std::move(checks_); }

 private:
  std::vector<CheckpointCheck> checks_;
};

}  // namespace

std::vector<CheckpointCheck> CheckCheckpoint(const std::string& directory,
                                             const CheckpointCheckOptions& options) {
  Report report;
  const auto listed = CheckSha256List(directory);
  report.Add("checksums", !listed       ? Result<std::string>(listed.error())
                          : *listed > 0 ? std::to_string(*listed) + " files as listed"
                                        : std::string("no ") + kSha256List);
  const auto loaded = LoadConfig(directory);
  std::optional<ModelConfig> config;
  if (loaded) config = *loaded;
  report.Add("config", loaded ? Result<std::string>(std::to_string(config->text.num_layers) + " layers of " +
                                                    std::to_string(config->text.hidden_size) + ", vision " +
                                                    std::to_string(config->vision.depth) + " of " +
                                                    std::to_string(config->vision.hidden_size))
                              : Result<std::string>(loaded.error()));
  report.Add("tokenizer", CheckTokenizer(directory, config));
  if (config) {
    const auto processor = LoadProcessorConfig(directory, config->vision);
    report.Add(
        "processor",
        processor ? Result<std::string>("patches of " + std::to_string(config->vision.patch_size) + " pixels")
                  : Result<std::string>(processor.error()));
  }
  const auto files = TensorFiles::Open(directory);
  if (!files) {
    report.Add("tensors", files.error());
  } else if (config) {
    report.Add("tensors", CheckTensors(*files, *config));
  }
  if (files && options.values) {
    const auto finite = CheckFiniteWeights(*files);
    report.Add("values", finite ? Result<std::string>("every weight is finite") : finite.error());
  }
  report.Add("template", CheckTemplate(directory, options.template_sha256));
  return report.Take();
}

}  // namespace vlr
