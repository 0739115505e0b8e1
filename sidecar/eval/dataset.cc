#include "sidecar/eval/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "sidecar/api/content_reader.h"

namespace vlr::eval {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 30;
constexpr const char* kUnknown = "unknown";
constexpr const char* kShuffle = "shuffle";

vlr::Error At(const std::string& name, std::size_t line, const std::string& what) {
  return {"invalid_dataset", name + ", line " + std::to_string(line) + ": " + what, name};
}

// Calls `take` with each line that is not empty, and its number.
Result<void> EachLine(std::string_view text,
                      const std::function<Result<void>(std::string_view, std::size_t)>& take) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (const auto taken = take(line, number); !taken) return taken.error();
  }
  return {};
}

std::string StringMember(const json::Value& object, std::string_view key) {
  const auto member = object.Find(key);
  return member && member->IsString() ? std::string(member->AsString()) : std::string();
}

// BEIR's own readers join title and text by a space.
void JoinTexts(Content* content) {
  std::string joined;
  for (const std::string_view text : content->texts) {
    if (text.empty()) continue;
    if (!joined.empty()) joined += ' ';
    joined += text;
  }
  content->texts.clear();
  if (!joined.empty()) content->texts.emplace_back(std::move(joined));
}

struct Entry {
  std::string id;
  std::string language;
  std::string skill;
  std::string first_pass;
  Content content;
};

// The member itself, or else the one of that name in "metadata".
std::string Label(const json::Value& object, std::string_view key) {
  std::string label = StringMember(object, key);
  const auto metadata = object.Find("metadata");
  if (label.empty() && metadata) label = StringMember(*metadata, key);
  return label.empty() ? kUnknown : label;
}

Result<void> EachEntry(std::string_view text, const std::string& name,
                       const std::function<void(Entry)>& take) {
  std::set<std::string> known;
  return EachLine(text, [&](std::string_view line, std::size_t number) -> Result<void> {
    const auto document = json::Document::Parse(line);
    if (!document) return At(name, number, document.error().message);
    const json::Value object = document->root();
    if (!object.IsObject()) return At(name, number, "must be an object");
    Entry entry;
    entry.id = StringMember(object, "_id");
    if (entry.id.empty()) return At(name, number, "_id must be a string");
    if (!known.insert(entry.id).second) return At(name, number, "_id " + entry.id + " stands twice");
    entry.language = Label(object, "language");
    entry.skill = Label(object, "skill");
    entry.first_pass = StringMember(object, "first_pass");
    try {
      entry.content = api::ReadDocument(object, "", {"title", "text"});
    } catch (const ErrorException& refusal) {
      return At(name, number, refusal.error().message);
    }
    JoinTexts(&entry.content);
    if (entry.content.empty()) return At(name, number, "has no text, image or video");
    take(std::move(entry));
    return {};
  });
}

Result<std::string> Read(const std::string& directory, const std::string& file) {
  return ReadFile((std::filesystem::path(directory) / file).string(), kMaxFileBytes);
}

Result<void> Judge(const std::vector<Row>& rows, const std::string& name, Dataset* dataset) {
  for (const Row& row : rows) {
    if (row.value != std::floor(row.value) || std::abs(row.value) > 1000) {
      return vlr::Error{"invalid_dataset",
                        name + ": the grade of " + row.document + " must be a whole number", name};
    }
    dataset->judgements[row.query][row.document] = static_cast<int>(row.value);
  }
  std::erase_if(dataset->queries, [&](const Query& query) {
    const auto judged = dataset->judgements.find(query.id);
    return judged == dataset->judgements.end() || !HasRelevant(judged->second);
  });
  return {};
}

Result<void> Order(std::vector<Row> rows, const std::string& name, Dataset* dataset) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.value > b.value; });
  std::set<std::pair<std::string, std::string>> known;
  for (const Row& row : rows) {
    if (!dataset->corpus.contains(row.document))
      return vlr::Error{"invalid_dataset", name + ": " + row.document + " is not in the corpus", name};
    if (known.emplace(row.query, row.document).second) dataset->first_pass[row.query].push_back(row.document);
  }
  return {};
}

}  // namespace

Result<std::vector<Query>> ParseQueries(std::string_view text, const std::string& name) {
  std::vector<Query> queries;
  const auto read = EachEntry(text, name, [&](Entry entry) {
    queries.push_back({std::move(entry.id), std::move(entry.content), std::move(entry.language),
                       std::move(entry.skill), entry.first_pass == kShuffle});
  });
  if (!read) return read.error();
  return queries;
}

Result<std::map<std::string, Content>> ParseCorpus(std::string_view text, const std::string& name) {
  std::map<std::string, Content> corpus;
  const auto read = EachEntry(
      text, name, [&](Entry entry) { corpus.emplace(std::move(entry.id), std::move(entry.content)); });
  if (!read) return read.error();
  return corpus;
}

Result<std::vector<Row>> ParseRows(std::string_view text, const std::string& name) {
  std::vector<Row> rows;
  const auto read = EachLine(text, [&](std::string_view line, std::size_t number) -> Result<void> {
    if (number == 1) return {};  // the headings
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos) return At(name, number, "must be three columns, tabs between them");
    Row row{std::string(line.substr(0, first)), std::string(line.substr(first + 1, second - first - 1)), 0};
    const std::string_view value = line.substr(second + 1);
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), row.value);
    if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(row.value))
      return At(name, number, "the third column must be a number");
    rows.push_back(std::move(row));
    return {};
  });
  if (!read) return read.error();
  return rows;
}

Result<Dataset> LoadDataset(const std::string& directory, const DatasetFiles& files) {
  Dataset dataset;
  const auto queries_text = Read(directory, files.queries);
  if (!queries_text) return queries_text.error();
  auto queries = ParseQueries(*queries_text, files.queries);
  if (!queries) return queries.error();
  const auto corpus_text = Read(directory, files.corpus);
  if (!corpus_text) return corpus_text.error();
  auto corpus = ParseCorpus(*corpus_text, files.corpus);
  if (!corpus) return corpus.error();
  const auto judged_text = Read(directory, files.judgements);
  if (!judged_text) return judged_text.error();
  const auto judged = ParseRows(*judged_text, files.judgements);
  if (!judged) return judged.error();
  const std::size_t all = queries->size();
  dataset.queries = std::move(*queries);
  dataset.corpus = std::move(*corpus);
  if (const auto done = Judge(*judged, files.judgements, &dataset); !done) return done.error();
  dataset.queries_without_relevant = all - dataset.queries.size();
  if (dataset.queries.empty())
    return vlr::Error{"invalid_dataset", files.judgements + ": no query has a relevant document",
                      files.judgements};
  if (std::filesystem::exists(std::filesystem::path(directory) / files.first_pass)) {
    const auto text = Read(directory, files.first_pass);
    if (!text) return text.error();
    const auto rows = ParseRows(*text, files.first_pass);
    if (!rows) return rows.error();
    if (const auto done = Order(*rows, files.first_pass, &dataset); !done) return done.error();
  } else {
    std::vector<std::string> every;
    for (const auto& [id, content] : dataset.corpus) every.push_back(id);
    for (const Query& query : dataset.queries) dataset.first_pass[query.id] = every;
  }
  return dataset;
}

std::string ModalityOf(const Query& query, const Dataset& dataset) {
  bool text = false, image = false, video = false;
  for (const auto& [id, grade] : dataset.judgements.at(query.id)) {
    const auto document = dataset.corpus.find(id);
    if (grade <= 0 || document == dataset.corpus.end()) continue;
    text |= !document->second.texts.empty();
    image |= !document->second.images.empty();
    video |= !document->second.videos.empty();
  }
  std::string modality;
  for (const auto& [there, kind] :
       {std::pair{text, "text"}, std::pair{image, "image"}, std::pair{video, "video"}}) {
    if (there) modality += (modality.empty() ? "" : "+") + std::string(kind);
  }
  return modality.empty() ? "unknown" : modality;
}

}  // namespace vlr::eval
