// A retrieval dataset in the layout of BEIR, with pictures and videos.
//
//   queries.jsonl    {"_id", "text"?, "image"?, "video"?, "language"?, "skill"?, "first_pass"?: "shuffle",
//                    "metadata"?: {"language"?, "skill"?}}
//   corpus.jsonl     {"_id", "title"?, "text"?, "image"?, "video"?}
//   qrels/test.tsv   query-id <tab> corpus-id <tab> grade, below one line of headings
//   first_pass.tsv   query-id <tab> corpus-id <tab> score, likewise; optional: without it every query's
//   candidates
//                    are the whole corpus, ordered by id
//
// image and video are as in a request. Other keys are read past.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rerank/content.h"
#include "sidecar/eval/ranking_metrics.h"

namespace vlr::eval {

struct Query {
  std::string id;
  Content content;
  std::string language;  // "unknown" when the line does not say
  std::string skill;     // what it tries out; likewise
  // Its first pass is candidates in an order without meaning (nothing there to match by): the mean over all
  // their orders is what counts as the first pass.
  bool shuffled = false;
};

struct Dataset {
  std::vector<Query> queries;  // those with a relevant document
  std::map<std::string, Content> corpus;
  std::map<std::string, Judgements> judgements;                // by query
  std::map<std::string, std::vector<std::string>> first_pass;  // by query, the best first
  std::size_t queries_without_relevant = 0;
};

struct DatasetFiles {
  std::string queries = "queries.jsonl";
  std::string corpus = "corpus.jsonl";
  std::string judgements = "qrels/test.tsv";
  std::string first_pass = "first_pass.tsv";
};

// Errors: "file_missing", "invalid_dataset" naming file and line.
Result<Dataset> LoadDataset(const std::string& directory, const DatasetFiles& files = {});

// The parts of LoadDataset; `name` is the file in complaints.
Result<std::vector<Query>> ParseQueries(std::string_view text, const std::string& name);
Result<std::map<std::string, Content>> ParseCorpus(std::string_view text, const std::string& name);
struct Row {
  std::string query;
  std::string document;
  double value;
};
Result<std::vector<Row>> ParseRows(std::string_view text, const std::string& name);

// "text", "image", "text+image", …: the kinds of part that the query's relevant documents have.
std::string ModalityOf(const Query& query, const Dataset& dataset);

}  // namespace vlr::eval
