// What a comparison of runs over one dataset says.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sidecar/eval/bootstrap.h"
#include "sidecar/eval/ranking_metrics.h"

namespace vlr::eval {

// One order of every query's candidates, measured.
struct Run {
  std::string name;                        // "first_pass", "instruction 1", …
  std::optional<std::string> instruction;  // nothing: the first pass
  std::vector<double> ndcg;                // a value a query, in the order of the dataset's queries
  std::vector<double> reciprocal_rank;
  std::vector<double> recall;
  std::vector<double> top1;
  std::vector<double> pairs;                  // NaN where a query has no pair
  std::map<std::string, std::size_t> faults;  // warnings and errors on documents, by code
};

struct ReportOptions {
  Cutoffs cutoffs;
  BootstrapOptions bootstrap;
};

// Figures are also given by the label of each query: {"skill", {"numbers", "colours", …}}.
struct Grouping {
  std::string name;
  std::vector<std::string> labels;
};

struct Report {
  std::string model;
  std::size_t queries = 0;
  std::size_t queries_without_relevant = 0;
  std::size_t documents = 0;
  std::size_t candidates = 0;  // of one query at most
  std::vector<Grouping> groupings;
  std::vector<Run> runs;  // the first is the one that the others are compared with
};

// The run with the highest mean nDCG; the first of equal ones. REQUIRES a run.
std::size_t BestOf(const Report& report);
// JSON: each run's means with their intervals, over all queries and by each grouping, and the paired
// differences to the first run and to the best.
std::string ToJson(const Report& report, const ReportOptions& options);
// Appends what the order of one query is worth.
void Append(const Measures& measures, Run* run);
// The overall figures as a table of lines of text; below it nDCG by each grouping of more than one label, the
// first pass beside the best other run and their difference.
std::string ToTable(const Report& report, const ReportOptions& options);

}  // namespace vlr::eval
