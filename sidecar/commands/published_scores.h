// Published scores of a model and how near another run comes to them.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "model/reranker_model.h"
#include "sidecar/settings/settings.h"

namespace vlr::commands {

// How far scores of a dtype may lie from published float32 ones.
struct PassMarks {
  double max_mean_error;
  double min_spearman;
};
// Of "float32"; of any other name those of bfloat16, fp8 and int8.
PassMarks MarksOf(const std::string& dtype);

struct Agreement {
  std::size_t pairs = 0;
  double mean_error = 0;  // absolute
  double max_error = 0;
  double spearman = 0;  // 1 where either side is all ties

  bool Passes(const PassMarks& marks) const {
    return mean_error <= marks.max_mean_error && spearman >= marks.min_spearman;
  }
};
// REQUIRES as many of each, at least one.
Agreement Compare(const std::vector<double>& published, const std::vector<double>& own);

// Scores the file's cases with the model of the settings: {"max_length"?, "max_frames"?, "fps"?, "cases":
// [{"instruction"?, "query", "documents", "scores"}…]}; media lie beside the file. Errors: those of loading;
// "invalid_request" naming the case; "document_error" for a document that cannot be read.
Result<Agreement> RecomputePublished(const std::string& file, Settings settings);

}  // namespace vlr::commands
