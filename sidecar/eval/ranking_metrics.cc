#include "sidecar/eval/ranking_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>

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
  std::vector<int> grades;
  for (const auto& [document, grade] : judgements) grades.push_back(std::max(0, grade));
  std::sort(grades.begin(), grades.end(), std::greater<>());
  double ideal = 0;
  for (std::size_t i = 0; i < std::min(k, grades.size()); ++i) ideal += Discounted(grades[i], i);
  return gain / ideal;
}

double ReciprocalRank(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k) {
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    if (GradeOf(ranking[i], judgements) > 0) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

double Recall(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k) {
  const auto relevant = std::count_if(judgements.begin(), judgements.end(),
                                      [](const auto& judged) { return judged.second > 0; });
  std::size_t found = 0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    found += GradeOf(ranking[i], judgements) > 0 ? 1 : 0;
  }
  return static_cast<double>(found) / static_cast<double>(relevant);
}

}  // namespace vlr::eval
