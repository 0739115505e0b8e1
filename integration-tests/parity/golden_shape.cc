#include "golden_shape.h"

#include "rerank/processor_config.h"
#include "text/tokenizer.h"

namespace vlr::parity {
namespace {

const std::string kData = VLR_TEST_DATA;

}  // namespace

GoldenShape::GoldenShape(const std::string& name)
    : directory_(kData + "/" + name),
      requests_(json::ParseFile(kData + "/golden-a/requests.json").value()),
      golden_(json::ParseFile(directory_ + "/golden.json").value()),
      prompts_(
          PromptBuilder::Create(Tokenizer::FromFile(directory_ + "/model/tokenizer.json").value()).value()),
      layout_(LoadProcessorConfig(directory_ + "/model", LoadConfig(directory_ + "/model").value().vision)
                  .value()
                  .image) {}

std::size_t GoldenShape::case_count() const {
  return requests_.root().size();
}
json::Value GoldenShape::RequestAt(std::size_t index) const {
  return requests_.root()[index];
}
json::Value GoldenShape::AnswersAt(std::size_t index) const {
  return *(*golden_.root().Find("cases"))[index].Find("documents");
}

std::vector<PreparedDocument> GoldenShape::InputsAt(std::size_t index) const {
  return RequestReader(prompts_, kData + "/golden-a/media", layout_).Read(RequestAt(index));
}

std::unique_ptr<RerankModel> GoldenShape::Load(DType dtype) const {
  ModelOptions options;
  options.directory = directory_ + "/model";
  options.dtype = dtype;
  options.yes_id = prompts_.yes_id();
  options.no_id = prompts_.no_id();
  options.threads = 1;  // operations are too small to share
  return RerankModel::Load(options).value();
}

}  // namespace vlr::parity
