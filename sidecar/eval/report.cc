#include "sidecar/eval/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/json.h"

namespace vlr::eval {
namespace {

struct Metric {
  std::string name;
  std::vector<double> Run::*values;
};

std::vector<Metric> MetricsAt(std::size_t k) {
  const std::string at = "@" + std::to_string(k);
  return {{"ndcg" + at, &Run::ndcg}, {"mrr" + at, &Run::reciprocal_rank}, {"recall" + at, &Run::recall}};
}

void WriteInterval(json::Writer* out, const Interval& interval) {
  out->BeginObject().Key("mean").Double(interval.mean);
  out->Key("low").Double(interval.low).Key("high").Double(interval.high).EndObject();
}

std::vector<double> Pick(const std::vector<double>& values, const std::vector<std::size_t>& positions) {
  std::vector<double> picked;
  for (const std::size_t position : positions) picked.push_back(values[position]);
  return picked;
}

void WriteMetrics(json::Writer* out, const Run& run, const std::vector<std::size_t>& queries,
                  const ReportOptions& options) {
  out->BeginObject();
  for (const Metric& metric : MetricsAt(options.k)) {
    out->Key(metric.name);
    WriteInterval(out, Bootstrap(Pick(run.*metric.values, queries), options.bootstrap));
  }
  out->EndObject();
}

void WriteGroups(json::Writer* out, const Run& run, const std::vector<std::string>& labels,
                 const ReportOptions& options) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < labels.size(); ++i) groups[labels[i]].push_back(i);
  out->BeginObject();
  for (const auto& [label, queries] : groups) {
    out->Key(label).BeginObject().Key("queries").Integer(static_cast<std::int64_t>(queries.size()));
    out->Key("metrics");
    WriteMetrics(out, run, queries, options);
    out->EndObject();
  }
  out->EndObject();
}

void WriteDifference(json::Writer* out, const Run& run, const Run& other, const ReportOptions& options) {
  out->BeginObject().Key("to").String(other.name);
  for (const Metric& metric : MetricsAt(options.k)) {
    out->Key(metric.name);
    WriteInterval(out, BootstrapDifference(run.*metric.values, other.*metric.values, options.bootstrap));
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
  out->Key("by_modality");
  WriteGroups(out, run, report.modalities, options);
  out->Key("by_language");
  WriteGroups(out, run, report.languages, options);
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

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

std::size_t BestOf(const Report& report) {
  const auto best = std::max_element(report.runs.begin(), report.runs.end(),
                                     [](const Run& a, const Run& b) { return Mean(a.ndcg) < Mean(b.ndcg); });
  return static_cast<std::size_t>(best - report.runs.begin());
}

std::string ToJson(const Report& report, const ReportOptions& options) {
  const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
  json::Writer out;
  out.BeginObject().Key("model").String(report.model).Key("k").Integer(integer(options.k));
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
  for (const Metric& metric : MetricsAt(options.k)) table += fmt::format("{:>24}", metric.name);
  table += "\n";
  for (const Run& run : report.runs) {
    table += fmt::format("{:<16}", run.name);
    for (const Metric& metric : MetricsAt(options.k)) {
      const Interval interval = Bootstrap(run.*metric.values, options.bootstrap);
      table += fmt::format(
          "{:>24}", fmt::format("{:.3f} [{:.3f}, {:.3f}]", interval.mean, interval.low, interval.high));
    }
    const std::string instruction = run.instruction.value_or("");
    table += instruction.empty() ? "\n" : "  " + instruction.substr(0, kInstructionWidth) + "\n";
  }
  return table;
}

}  // namespace vlr::eval
