#include "sidecar/commands/published_scores.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/json.h"
#include "sidecar/api/rerank_body.h"
#include "sidecar/runtime/runtime.h"

namespace vlr::commands {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::hours kTimeout{24};
constexpr std::size_t kMaxParts = 1'000'000;

// Ranks from 1; ties share their mean.
std::vector<double> RanksOf(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double shared = static_cast<double>(begin + end + 1) / 2;
    for (; begin < end; ++begin) ranks[order[begin]] = shared;
  }
  return ranks;
}

double Correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto mean = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  const double mean_a = mean(a);
  const double mean_b = mean(b);
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 1;
}

Error InCase(std::size_t index, const std::string& message) {
  const std::string part = "cases[" + std::to_string(index) + "]";
  return {"invalid_request", part + " " + message, part};
}

// The native body of a case.
std::string BodyOf(const json::Value& root, const json::Value& one) {
  json::Writer body;
  body.BeginObject();
  for (const char* key : {"max_length", "max_frames", "fps"}) {
    if (const auto value = root.Find(key)) body.Key(key).Raw(value->Dump());
  }
  for (const char* key : {"instruction", "query", "documents"}) {
    if (const auto value = one.Find(key)) body.Key(key).Raw(value->Dump());
  }
  return body.Key("on_document_error").String("fail").EndObject().Take();
}

class Scores {
 public:
  Scores(asio::io_context& io, Runtime& runtime, std::shared_ptr<LoadedModel> model,
         const ModelSettings& settings)
      : io_(io), runtime_(runtime), model_(std::move(model)) {
    defaults_.preparation = DefaultPreparation(settings);
    defaults_.timeout = kTimeout;
    defaults_.max_timeout = kTimeout;
    defaults_.max_documents = kMaxParts;
    defaults_.max_media = kMaxParts;
  }

  Result<std::vector<double>> Of(const std::string& body) {
    const auto request = api::ParseNativeRequest(body, defaults_);
    if (!request) return request.error();
    auto answer = asio::co_spawn(io_, runtime_.engine().Rerank(model_, request->rerank), asio::use_future);
    io_.restart();
    io_.run();
    const Result<RerankResponse> response = answer.get();
    if (!response) return response.error();
    std::vector<double> scores;
    for (const DocumentResult& document : response->documents) {
      if (document.error) return *document.error;
      scores.push_back(static_cast<double>(document.score));
    }
    return scores;
  }

 private:
  asio::io_context& io_;
  Runtime& runtime_;
  std::shared_ptr<LoadedModel> model_;
  api::RequestDefaults defaults_;
};

}  // namespace

PassMarks MarksOf(const std::string& dtype) {
  if (dtype == "float32") return {.max_mean_error = 0.002, .min_spearman = 0.999};
  return {.max_mean_error = 0.02, .min_spearman = 0.99};
}

Agreement Compare(const std::vector<double>& published, const std::vector<double>& own) {
  Agreement agreement;
  agreement.pairs = published.size();
  for (std::size_t i = 0; i < published.size(); ++i) {
    const double error = std::abs(published[i] - own[i]);
    agreement.mean_error += error / static_cast<double>(published.size());
    agreement.max_error = std::max(agreement.max_error, error);
  }
  agreement.spearman = Correlation(RanksOf(published), RanksOf(own));
  return agreement;
}

Result<Agreement> RecomputePublished(const std::string& file, Settings settings) {
  const auto document = json::ParseFile(file);
  if (!document) return document.error();
  const json::Value root = document->root();
  const auto cases = root.Find("cases");
  if (!cases || !cases->IsArray() || cases->size() == 0) {
    return Error{"invalid_request", "cases must be a list of at least one case", "cases"};
  }
  if (settings.storage.media_root.empty()) {
    settings.storage.media_root = std::filesystem::absolute(file).parent_path().string();
  }
  const auto options = ModelToLoad(settings);
  if (!options) return options.error();
  auto model = LoadedModel::Load(*options);
  if (!model) return model.error();
  asio::io_context io(1);
  auto runtime = Runtime::Create(io, settings);
  if (!runtime) return runtime.error();
  Scores scores(io, **runtime, *model, settings.model);

  std::vector<double> published;
  std::vector<double> own;
  for (std::size_t i = 0; i < cases->size(); ++i) {
    const auto wanted = (*cases)[i].Find("scores");
    if (!wanted || !wanted->IsArray()) return InCase(i, "needs scores");
    const auto scored = scores.Of(BodyOf(root, (*cases)[i]));
    if (!scored) return InCase(i, scored.error().message);
    if (wanted->size() != scored->size()) return InCase(i, "has not as many scores as documents");
    for (std::size_t j = 0; j < scored->size(); ++j) {
      if (!(*wanted)[j].IsNumber()) return InCase(i, "has a score that is no number");
      published.push_back((*wanted)[j].AsNumber());
    }
    own.insert(own.end(), scored->begin(), scored->end());
  }
  if (own.empty()) return InCase(0, "has no documents");
  return Compare(published, own);
}

}  // namespace vlr::commands
