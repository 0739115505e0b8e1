#include "sidecar/eval/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/json.h"

namespace vlr::eval {
namespace {

struct Metric {
  std::string name;
  std::vector<double> Run::*values;
};

std::vector<Metric> MetricsAt(const Cutoffs& cutoffs) {
  const std::string at = "@" + std::to_string(cutoffs.k);
  return {{"ndcg" + at, &Run::ndcg},
          {"mrr" + at, &Run::reciprocal_rank},
          {"recall@" + std::to_string(cutoffs.recall_k), &Run::recall},
          {"top1", &Run::top1},
          {"pairs", &Run::pairs}};
}

void WriteInterval(json::Writer* out, const Interval& interval) {
  out->BeginObject().Key("mean").Double(interval.mean);
  out->Key("low").Double(interval.low).Key("high").Double(interval.high).EndObject();
}

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> Pick(const std::vector<double>& values, const std::vector<std::size_t>& positions) {
  std::vector<double> picked;
  for (const std::size_t position : positions) {
    if (!std::isnan(values[position])) picked.push_back(values[position]);
  }
  return picked;
}

std::map<std::string, std::vector<std::size_t>> PositionsByLabel(const std::vector<std::string>& labels) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < labels.size(); ++i) groups[labels[i]].push_back(i);
  return groups;
}

void WriteMetrics(json::Writer* out, const Run& run, const std::vector<std::size_t>& queries,
                  const ReportOptions& options) {
  out->BeginObject();
  for (const Metric& metric : MetricsAt(options.cutoffs)) {
    const std::vector<double> values = Pick(run.*metric.values, queries);
    if (values.empty()) continue;
    out->Key(metric.name);
    WriteInterval(out, Bootstrap(values, options.bootstrap));
  }
  out->EndObject();
}

void WriteGroups(json::Writer* out, const Run& run, const std::vector<std::string>& labels,
                 const ReportOptions& options) {
  out->BeginObject();
  for (const auto& [label, queries] : PositionsByLabel(labels)) {
    out->Key(label).BeginObject().Key("queries").Integer(static_cast<std::int64_t>(queries.size()));
    out->Key("metrics");
    WriteMetrics(out, run, queries, options);
    out->EndObject();
  }
  out->EndObject();
}

// Runs over the same judgements lack a value for the same queries.
std::vector<double> Present(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  return values;
}

void WriteDifference(json::Writer* out, const Run& run, const Run& other, const ReportOptions& options) {
  out->BeginObject().Key("to").String(other.name);
  for (const Metric& metric : MetricsAt(options.cutoffs)) {
    const std::vector<double> mine = Present(run.*metric.values), others = Present(other.*metric.values);
    if (mine.empty()) continue;
    out->Key(metric.name);
    WriteInterval(out, BootstrapDifference(mine, others, options.bootstrap));
  }
  out->EndObject();
}

void WriteRun(json::Writer* out, const Report& report, const Run& run, const ReportOptions& options) {
  std::vector<std::size_t> every(report.queries);
  std::iota(every.begin(), every.end(), std::size_t{0});
  out->BeginObject().Key("name").String(run.name);
  if (run.instruction) out->Key("instruction").String(*run.instruction);
  out->Key("metrics");
  WriteMetrics(out, run, every, options);
  for (const Grouping& grouping : report.groupings) {
    out->Key("by_" + grouping.name);
    WriteGroups(out, run, grouping.labels, options);
  }
  out->Key("differences").BeginArray();
  const Run& best = report.runs[BestOf(report)];
  const Run& first = report.runs.front();
  for (const Run* other : {&first, &best}) {
    if (other == &run || (other == &best && &best == &first)) continue;
    WriteDifference(out, run, *other, options);
  }
  out->EndArray().Key("document_faults").BeginObject();
  for (const auto& [code, count] : run.faults) out->Key(code).Integer(static_cast<std::int64_t>(count));
  out->EndObject().EndObject();
}

std::string Shown(const Interval& interval) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", interval.mean, interval.low, interval.high);
}

// The run that groups are shown of: the best of those that are not the first pass; nullptr without one.
const Run* BestReranked(const Report& report) {
  const Run* best = nullptr;
  for (std::size_t i = 1; i < report.runs.size(); ++i) {
    if (best == nullptr || Mean(report.runs[i].ndcg) > Mean(best->ndcg)) best = &report.runs[i];
  }
  return best;
}

std::string GroupTable(const Report& report, const Grouping& grouping, const ReportOptions& options) {
  const auto groups = PositionsByLabel(grouping.labels);
  const Run* reranked = BestReranked(report);
  if (groups.size() < 2 || reranked == nullptr) return "";
  std::string table = fmt::format("\n{:<36}{:>8}{:>12}{:>24}{:>26}{:>8}{:>8}\n", "by " + grouping.name,
                                  "queries", "first pass", "reranked", "difference", "top1", "pairs");
  for (const auto& [label, queries] : groups) {
    const std::vector<double> before = Pick(report.runs.front().ndcg, queries);
    const std::vector<double> after = Pick(reranked->ndcg, queries);
    const std::vector<double> pairs = Pick(reranked->pairs, queries);
    table += fmt::format("{:<36}{:>8}{:>12.3f}{:>24}{:>26}{:>8.3f}{:>8}\n", label, queries.size(),
                         Mean(before), Shown(Bootstrap(after, options.bootstrap)),
                         Shown(BootstrapDifference(after, before, options.bootstrap)),
                         Mean(Pick(reranked->top1, queries)),
                         pairs.empty() ? "-" : fmt::format("{:.3f}", Mean(pairs)));
  }
  return table;
}

}  // namespace

std::size_t BestOf(const Report& report) {
  const auto best = std::max_element(report.runs.begin(), report.runs.end(),
                                     [](const Run& a, const Run& b) { return Mean(a.ndcg) < Mean(b.ndcg); });
  return static_cast<std::size_t>(best - report.runs.begin());
}

void Append(const Measures& measures, Run* run) {
  run->ndcg.push_back(measures.ndcg);
  run->reciprocal_rank.push_back(measures.reciprocal_rank);
  run->recall.push_back(measures.recall);
  run->top1.push_back(measures.top1);
  run->pairs.push_back(measures.pairs);
}

std::string ToJson(const Report& report, const ReportOptions& options) {
  const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
  json::Writer out;
  out.BeginObject().Key("model").String(report.model).Key("k").Integer(integer(options.cutoffs.k));
  out.Key("queries").Integer(integer(report.queries));
  out.Key("queries_without_relevant").Integer(integer(report.queries_without_relevant));
  out.Key("documents").Integer(integer(report.documents));
  out.Key("candidates").Integer(integer(report.candidates));
  out.Key("bootstrap").BeginObject().Key("samples").Integer(options.bootstrap.samples);
  out.Key("seed").Integer(integer(options.bootstrap.seed));
  out.Key("confidence").Double(options.bootstrap.confidence).EndObject();
  out.Key("best").String(report.runs[BestOf(report)].name).Key("runs").BeginArray();
  for (const Run& run : report.runs) WriteRun(&out, report, run, options);
  out.EndArray().EndObject();
  return out.Take();
}

std::string ToTable(const Report& report, const ReportOptions& options) {
  constexpr std::size_t kInstructionWidth = 48;
  std::string table = fmt::format("{:<16}", fmt::format("{} queries", report.queries));
  for (const Metric& metric : MetricsAt(options.cutoffs)) table += fmt::format("{:>24}", metric.name);
  table += "\n";
  for (const Run& run : report.runs) {
    table += fmt::format("{:<16}", run.name);
    for (const Metric& metric : MetricsAt(options.cutoffs)) {
      const Interval interval = Bootstrap(Present(run.*metric.values), options.bootstrap);
      table += fmt::format("{:>24}", Shown(interval));
    }
    const std::string instruction = run.instruction.value_or("");
    table += instruction.empty() ? "\n" : "  " + instruction.substr(0, kInstructionWidth) + "\n";
  }
  for (const Grouping& grouping : report.groupings) table += GroupTable(report, grouping, options);
  return table;
}

}  // namespace vlr::eval
