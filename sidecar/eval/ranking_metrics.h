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

bool HasRelevant(const Judgements& judgements);

}  // namespace vlr::eval
