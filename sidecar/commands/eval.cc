#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "sidecar/commands/commands.h"
#include "sidecar/commands/model_arguments.h"
#include "sidecar/commands/report.h"
#include "sidecar/eval/dataset.h"
#include "sidecar/eval/ranking_metrics.h"
#include "sidecar/eval/report.h"
#include "sidecar/runtime/runtime.h"
#include "sidecar/settings/settings.h"

namespace vlr::commands {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::hours kTimeout{24};
constexpr std::size_t kMaxCandidates = 10'000;
constexpr const char* kFirstPass = "first_pass";

struct EvalArguments {
  ModelArguments model;
  std::string dataset;
  std::string media_root;
  std::size_t candidates = 100;
  eval::ReportOptions report;
  std::size_t recall_k = 0;  // 0: that of the report's k
  double min_ndcg = 0;
  std::vector<std::string> instructions;
};

class Evaluation {
 public:
  Evaluation(const EvalArguments& arguments, const Settings& settings, const eval::Dataset& dataset,
             std::shared_ptr<LoadedModel> model)
      : arguments_(arguments), settings_(settings), dataset_(dataset), model_(std::move(model)) {}

  Result<void> Open() {
    auto runtime = Runtime::Create(io_, settings_);
    if (!runtime) return runtime.error();
    runtime_ = std::move(*runtime);
    return {};
  }

  // The first pass as it came; of a shuffle the mean over all orders.
  eval::Run FirstPass() const {
    eval::Run run;
    run.name = kFirstPass;
    for (const eval::Query& query : dataset_.queries) {
      const auto measure = query.shuffled ? eval::MeanOverOrders : eval::MeasureOrder;
      eval::Append(
          measure(CandidatesOf(query.id), dataset_.judgements.at(query.id), arguments_.report.cutoffs), &run);
    }
    return run;
  }

  // The first candidates of each query in the order of the model's scores, the others behind them.
  Result<eval::Run> Rerank(const std::string& name, const std::string& instruction) {
    eval::Run run;
    run.name = name;
    run.instruction = instruction;
    for (const eval::Query& query : dataset_.queries) {
      auto ranking = Reranked(query, instruction, &run);
      if (!ranking) {
        return Error{ranking.error().code, "query " + query.id + ": " + ranking.error().message, query.id};
      }
      eval::Append(eval::MeasureOrder(*ranking, dataset_.judgements.at(query.id), arguments_.report.cutoffs),
                   &run);
    }
    return run;
  }

 private:
  const std::vector<std::string>& CandidatesOf(const std::string& query) const {
    static const std::vector<std::string> none;
    const auto found = dataset_.first_pass.find(query);
    return found == dataset_.first_pass.end() ? none : found->second;
  }

  Result<std::vector<std::string>> Reranked(const eval::Query& query, const std::string& instruction,
                                            eval::Run* run) {
    const std::vector<std::string>& candidates = CandidatesOf(query.id);
    const std::size_t count = std::min(arguments_.candidates, candidates.size());
    if (count == 0) return candidates;
    RerankRequest request;
    request.query = query.content;
    request.instruction = instruction;
    request.preparation = DefaultPreparation(settings_.model);
    request.deadline = std::chrono::steady_clock::now() + kTimeout;
    for (std::size_t i = 0; i < count; ++i) request.documents.push_back(dataset_.corpus.at(candidates[i]));
    std::future<Result<RerankResponse>> answer =
        asio::co_spawn(io_, runtime_->engine().Rerank(model_, std::move(request)), asio::use_future);
    io_.restart();
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready && io_.run_one() > 0) {
    }
    const Result<RerankResponse> response = answer.get();
    if (!response) return response.error();
    for (const DocumentResult& document : response->documents) {
      for (const Error& warning : document.warnings) ++run->faults[warning.code];
      if (document.error) ++run->faults[document.error->code];
    }
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Logits, because scores of the best saturate; equal ones stay in the order of the first pass.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const DocumentResult& one = response->documents[a];
      const DocumentResult& other = response->documents[b];
      if (one.error || other.error) return !one.error && other.error;
      return one.logit > other.logit;
    });
    std::vector<std::string> ranking;
    for (const std::size_t position : order) ranking.push_back(candidates[position]);
    ranking.insert(ranking.end(), candidates.begin() + static_cast<std::ptrdiff_t>(count), candidates.end());
    return ranking;
  }

  const EvalArguments& arguments_;
  const Settings& settings_;
  const eval::Dataset& dataset_;
  std::shared_ptr<LoadedModel> model_;
  asio::io_context io_{1};
  std::unique_ptr<Runtime> runtime_;
};

eval::Report Describe(const EvalArguments& arguments, const eval::Dataset& dataset) {
  eval::Report report;
  report.queries = dataset.queries.size();
  report.queries_without_relevant = dataset.queries_without_relevant;
  report.documents = dataset.corpus.size();
  report.groupings = {
      {"modality", {}}, {"language", {}}, {"skill", {}}, {"skill_and_language", {}}, {"first_pass", {}}};
  for (const eval::Query& query : dataset.queries) {
    const std::string labels[] = {eval::ModalityOf(query, dataset), query.language, query.skill,
                                  query.skill + ", " + query.language, query.shuffled ? "shuffle" : "ranked"};
    for (std::size_t i = 0; i < report.groupings.size(); ++i) report.groupings[i].labels.push_back(labels[i]);
    const auto candidates = dataset.first_pass.find(query.id);
    if (candidates == dataset.first_pass.end()) continue;
    report.candidates =
        std::max(report.candidates, std::min(arguments.candidates, candidates->second.size()));
  }
  return report;
}

int Eval(const EvalArguments& arguments) {
  auto settings = SettingsFrom(arguments.model);
  if (!settings) return Complain(settings.error());
  settings->storage.media_root = arguments.media_root.empty() ? arguments.dataset : arguments.media_root;
  const auto dataset = eval::LoadDataset(arguments.dataset);
  if (!dataset) return Complain(dataset.error());
  const auto options = ModelToLoad(*settings);
  if (!options) return Complain(options.error());
  auto model = LoadedModel::Load(*options);
  if (!model) return Complain(model.error());
  Evaluation evaluation(arguments, *settings, *dataset, *model);
  if (const auto open = evaluation.Open(); !open) return Complain(open.error());

  eval::Report report = Describe(arguments, *dataset);
  report.model = (*model)->name();
  report.runs.push_back(evaluation.FirstPass());
  std::vector<std::string> instructions = arguments.instructions;
  if (instructions.empty()) instructions.emplace_back();  // the model's default
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    auto run = evaluation.Rerank("instruction " + std::to_string(i + 1), instructions[i]);
    if (!run) return Complain(run.error());
    report.runs.push_back(std::move(*run));
  }
  std::cerr << eval::ToTable(report, arguments.report);
  std::cout << eval::ToJson(report, arguments.report) << "\n";
  const std::vector<double>& best = report.runs[eval::BestOf(report)].ndcg;
  const double mean = std::accumulate(best.begin(), best.end(), 0.0) / static_cast<double>(best.size());
  if (mean >= arguments.min_ndcg) return kExitOk;
  std::cerr << "vl-rerank: the best mean nDCG is below --min-ndcg\n";
  return kExitFailedCheck;
}

}  // namespace

void AddEval(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App* command = app.add_subcommand("eval", "How good the order is on a judged dataset, by instruction");
  AddModelOptions(command, &arguments->model);
  command
      ->add_option(
          "--dataset", arguments->dataset,
          "Folder with queries.jsonl, corpus.jsonl, qrels/test.tsv and first_pass.tsv (BEIR's layout)")
      ->required();
  command->add_option("--k", arguments->report.cutoffs.k, "Ranks that count")
      ->check(CLI::Range(std::size_t{1}, kMaxCandidates));
  command
      ->add_option("--recall-k", arguments->recall_k,
                   "Ranks that count for recall; those of --k when left out")
      ->check(CLI::Range(std::size_t{1}, kMaxCandidates));
  command
      ->add_option("--candidates", arguments->candidates, "Of each query's first pass, how many are reranked")
      ->check(CLI::Range(std::size_t{1}, kMaxCandidates));
  command->add_option("--instruction", arguments->instructions,
                      "An instruction to try; may be repeated; \"\" is the model's own");
  command->add_option("--min-ndcg", arguments->min_ndcg, "Exit code 1 when the best mean nDCG@k is below")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--samples", arguments->report.bootstrap.samples, "Of the bootstrap")
      ->check(CLI::Range(100, 1'000'000));
  command->add_option("--seed", arguments->report.bootstrap.seed, "Of the bootstrap");
  command->add_option("--media-root", arguments->media_root,
                      "Folder of relative media; the dataset's when left out");
  command->callback([=] {
    *run = [arguments] {
      arguments->report.cutoffs.recall_k =
          arguments->recall_k > 0 ? arguments->recall_k : arguments->report.cutoffs.k;
      return Eval(*arguments);
    };
  });
}

}  // namespace vlr::commands
