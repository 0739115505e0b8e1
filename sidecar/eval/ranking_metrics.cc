#include "sidecar/eval/ranking_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace vlr::eval {
namespace {

int GradeOf(const std::string& document, const Judgements& judgements) {
  const auto found = judgements.find(document);
  return found == judgements.end() ? 0 : std::max(0, found->second);
}

// `rank` counts from 0.
double Discounted(int grade, std::size_t rank) {
  return grade / std::log2(static_cast<double>(rank) + 2.0);
}

// DCG@k of the best possible order of all judged documents.
double IdealDcg(const Judgements& judgements, std::size_t k) {
  std::vector<int> grades;
  for (const auto& [document, grade] : judgements) grades.push_back(std::max(0, grade));
  std::sort(grades.begin(), grades.end(), std::greater<>());
  double ideal = 0;
  for (std::size_t i = 0; i < std::min(k, grades.size()); ++i) ideal += Discounted(grades[i], i);
  return ideal;
}

double RelevantIn(const Judgements& judgements) {
  return static_cast<double>(std::count_if(judgements.begin(), judgements.end(),
                                           [](const auto& judged) { return judged.second > 0; }));
}

}  // namespace

bool HasRelevant(const Judgements& judgements) {
  return std::any_of(judgements.begin(), judgements.end(),
                     [](const auto& judged) { return judged.second > 0; });
}

double Ndcg(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k) {
  double gain = 0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    gain += Discounted(GradeOf(ranking[i], judgements), i);
  }
  return gain / IdealDcg(judgements, k);
}

double ReciprocalRank(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k) {
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    if (GradeOf(ranking[i], judgements) > 0) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

double Recall(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    found += GradeOf(ranking[i], judgements) > 0 ? 1 : 0;
  }
  return static_cast<double>(found) / RelevantIn(judgements);
}

double TopRelevant(const std::vector<std::string>& ranking, const Judgements& judgements) {
  return !ranking.empty() && GradeOf(ranking.front(), judgements) > 0 ? 1.0 : 0.0;
}

double PairsInOrder(const std::vector<std::string>& ranking, const Judgements& judgements) {
  std::vector<int> grades;  // of the judged ones, the first of the ranking first
  for (const std::string& document : ranking) {
    if (judgements.contains(document)) grades.push_back(GradeOf(document, judgements));
  }
  std::size_t ordered = 0, pairs = 0;
  for (std::size_t i = 0; i < grades.size(); ++i) {
    for (std::size_t j = i + 1; j < grades.size(); ++j) {
      pairs += grades[i] != grades[j] ? 1 : 0;
      ordered += grades[i] > grades[j] ? 1 : 0;
    }
  }
  if (pairs == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(ordered) / static_cast<double>(pairs);
}

Measures MeasureOrder(const std::vector<std::string>& ranking, const Judgements& judgements,
                      const Cutoffs& cutoffs) {
  return {Ndcg(ranking, judgements, cutoffs.k), ReciprocalRank(ranking, judgements, cutoffs.k),
          Recall(ranking, judgements, cutoffs.recall_k), TopRelevant(ranking, judgements),
          PairsInOrder(ranking, judgements)};
}

Measures MeanOverOrders(const std::vector<std::string>& candidates, const Judgements& judgements,
                        const Cutoffs& cutoffs) {
  Measures mean;
  mean.pairs = std::isnan(PairsInOrder(candidates, judgements)) ? std::nan("") : 0.5;
  if (candidates.empty()) return mean;
  const auto count = static_cast<double>(candidates.size());
  double grades = 0, relevant = 0;
  for (const std::string& document : candidates) {
    grades += GradeOf(document, judgements);
    relevant += GradeOf(document, judgements) > 0 ? 1 : 0;
  }
  double none_before = 1;  // the chance that no relevant document stands above this rank
  for (std::size_t i = 0; i < std::min(cutoffs.k, candidates.size()); ++i) {
    mean.ndcg += Discounted(1, i) * grades / count / IdealDcg(judgements, cutoffs.k);
    const double here = relevant / (count - static_cast<double>(i));
    mean.reciprocal_rank += none_before * std::min(1.0, here) / static_cast<double>(i + 1);
    none_before *= std::max(0.0, 1.0 - here);
  }
  mean.recall = relevant / RelevantIn(judgements) *
                static_cast<double>(std::min(cutoffs.recall_k, candidates.size())) / count;
  mean.top1 = relevant / count;
  return mean;
}

}  // namespace vlr::eval
