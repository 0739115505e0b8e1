#include "record_check.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace vlr::parity {
namespace {

std::string Text(const json::Value& object, std::string_view key) {
  const auto value = object.Find(key);
  return value ? std::string(value->AsString()) : std::string();
}

std::string GridText(const std::vector<Grid>& grids) {
  std::ostringstream text;
  text << "[";
  for (std::size_t i = 0; i < grids.size(); ++i) {
    text << (i == 0 ? "" : ",") << "[" << grids[i].t << "," << grids[i].h << "," << grids[i].w << "]";
  }
  text << "]";
  return text.str();
}

// Elements of a list from `first` on hold that string.
bool Lists(const json::Value& list, std::size_t first, const std::string& wanted) {
  for (std::size_t i = first; i < list.size(); ++i) {
    if (list[i].AsString() == wanted) return true;
  }
  return false;
}

class Differences {
 public:
  template <class T>
  void Expect(const std::string& what, const T& expected, const T& actual) {
    if (expected != actual) text_ << what << " is " << actual << ", recorded " << expected << "; ";
  }
  void Add(const std::string& text) { text_ << text << "; "; }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

void CompareWarnings(const json::Value& recorded, const DocumentResult& document, Differences* out) {
  const auto expected = recorded.Find("warnings");
  const std::size_t count = expected ? expected->size() : 0;
  out->Expect("number of warnings", count, document.warnings.size());
  for (std::size_t i = 0; i < std::min(count, document.warnings.size()); ++i) {
    const Error& warning = document.warnings[i];
    const std::string part((*expected)[i][0].AsString());
    if (warning.part != part && !warning.part.starts_with(part + ".")) {
      out->Add("warning on " + warning.part + ", recorded " + part);
    }
    if (!Lists((*expected)[i], 1, warning.code)) {
      out->Add("warning " + warning.code + " (" + warning.message + "), recorded " + (*expected)[i].Dump());
    }
  }
}

void CompareInput(const json::Value& recorded, const SeenInput& seen, Differences* out) {
  out->Expect("token count", static_cast<std::size_t>(recorded.Find("n")->AsInteger()), seen.tokens);
  out->Expect("digest of the ids", Text(recorded, "ids"), seen.ids);
  out->Expect("digest of the positions", Text(recorded, "positions"), seen.positions);
  const json::Value grids = *recorded.Find("grids");
  out->Expect("image grids", grids[0].Dump(), GridText(seen.image_grids));
  out->Expect("video grids", grids[1].Dump(), GridText(seen.video_grids));
  const json::Value patches = *recorded.Find("patches");
  out->Expect("digest of the image patches", std::string(patches[0].AsString()), seen.image_patches);
  out->Expect("digest of the video patches", std::string(patches[1].AsString()), seen.video_patches);
}

// Equal prompts are computed once, so there may be fewer inputs than documents: one of them has to be that
// document's.
void CompareInputs(const json::Value& recorded, const std::vector<SeenInput>& inputs, std::size_t expected_at,
                   Differences* out) {
  Differences nearest;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Differences own;
    CompareInput(recorded, inputs[i], &own);
    if (own.text().empty()) return;
    if (i == std::min(expected_at, inputs.size() - 1)) nearest.Add(own.text());
  }
  out->Add(inputs.empty() ? "the model saw nothing" : nearest.text());
}

std::string AsText(double value) {
  std::ostringstream text;
  text.precision(9);
  text << value;
  return text.str();
}

Verdict CompareRequestError(const json::Value& answer, const Replayed& replayed) {
  Differences differences;
  if (replayed.response) {
    differences.Add("answered, recorded " + answer.Dump());
    return {differences.text(), 0};
  }
  const Error& error = replayed.response.error();
  differences.Expect("error", Text(answer, "error"), error.code);
  const std::string part = Text(answer, "part");
  if (error.part != part && !error.part.starts_with(part + ".")) {
    differences.Add("error on " + error.part + ", recorded " + part);
  }
  const json::Value causes = *answer.Find("cause");
  bool known = false;
  for (std::size_t i = 0; i < causes.size(); ++i) {
    known = known || error.message.find(std::string(causes[i].AsString()) + ":") != std::string::npos;
  }
  if (!known) differences.Add("cause: " + error.message + ", recorded " + causes.Dump());
  return {differences.text(), 0};
}

}  // namespace

Verdict Compare(const json::Value& answer, const Replayed& replayed) {
  if (answer.Find("error")) return CompareRequestError(answer, replayed);
  if (!replayed.response)
    return {replayed.response.error().code + ": " + replayed.response.error().message, 0};

  Verdict verdict;
  Differences differences;
  const json::Value documents = *answer.Find("documents");
  differences.Expect("number of documents", documents.size(), replayed.response->documents.size());
  std::size_t input = 0;
  for (std::size_t i = 0; i < std::min(documents.size(), replayed.response->documents.size()); ++i) {
    const json::Value recorded = documents[i];
    const DocumentResult& document = replayed.response->documents[i];
    Differences own;
    CompareWarnings(recorded, document, &own);
    own.Expect("error", Text(recorded, "error"), document.error ? document.error->code : std::string());
    if (!document.error) {
      if (recorded.Find("n")) {
        CompareInputs(recorded, replayed.inputs, input++, &own);
        const double expected = recorded.Find("logit")->AsNumber();
        const double difference = std::abs(expected - static_cast<double>(document.logit));
        verdict.logit_difference = std::max(verdict.logit_difference, difference);
        if (!(difference <= kMaxLogitDifference)) {
          own.Add("logit is " + AsText(static_cast<double>(document.logit)) + ", recorded " +
                  AsText(expected));
        }
      }
    } else {
      own.Expect("score", 0.0F, document.score);
    }
    if (!own.text().empty()) differences.Add("documents[" + std::to_string(i) + "]: " + own.text());
  }
  verdict.difference = differences.text();
  return verdict;
}

}  // namespace vlr::parity
