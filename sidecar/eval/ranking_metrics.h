// How good an order is, by judged relevance.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace vlr::eval {

// Grades of one query's judged documents; a document that is not in it counts as 0. Above 0 is relevant.
using Judgements = std::map<std::string, int>;

// `ranking` names documents, the best first, each once; k > 0. All are 0…1. Queries without a relevant
// document have no value: REQUIRES one.

// nDCG@k = DCG@k / DCG@k of the ideal order, DCG@k = sum over ranks i ≤ k of grade_i / log2(i + 1): Järvelin
// and Kekäläinen, ACM TOIS 20(4), 2002, in the form of trec_eval's ndcg_cut, which BEIR reports. The ideal
// order holds every judged document, ranked or not.
double Ndcg(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k);
// 1 / rank of the first relevant document, 0 when it is not among the first k (Voorhees, TREC-8, 1999; BEIR's
// MRR@k).
double ReciprocalRank(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k);
// Share of all relevant documents among the first k (trec_eval's recall).
double Recall(const std::vector<std::string>& ranking, const Judgements& judgements, std::size_t k);

// 1 when the first document is relevant, else 0.
double TopRelevant(const std::vector<std::string>& ranking, const Judgements& judgements);
// Share of the pairs of judged documents with different grades that stand in the order of their grades. Only
// documents that the judgements name count, so a grade of 0 marks a document as one to be told apart. NaN
// without such a pair.
double PairsInOrder(const std::vector<std::string>& ranking, const Judgements& judgements);

struct Cutoffs {
  std::size_t k = 10;
  std::size_t recall_k = 10;
};

// All of the above for one query.
struct Measures {
  double ndcg = 0;
  double reciprocal_rank = 0;
  double recall = 0;
  double top1 = 0;
  double pairs = 0;
};
Measures MeasureOrder(const std::vector<std::string>& ranking, const Judgements& judgements,
                      const Cutoffs& cutoffs);
// Their exact means over all orders of the candidates: what a shuffle is worth, without the luck of a seed.
Measures MeanOverOrders(const std::vector<std::string>& candidates, const Judgements& judgements,
                        const Cutoffs& cutoffs);

bool HasRelevant(const Judgements& judgements);

}  // namespace vlr::eval
