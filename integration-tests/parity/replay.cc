// parity_replay DIR…: runs the recorded requests of each folder and compares with the recorded answers.
//
// A folder holds records.jsonl and media/. Its checkpoint is model/; without one it is made from config.json
// by the rule that the first line of records.jsonl names, with the tokenizer of a recorded shape.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "model/test_checkpoint.h"
#include "record_check.h"
#include "replay_session.h"
#include "rule_checkpoint.h"

namespace vlr::parity {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;
const std::string kData = VLR_TEST_DATA;

struct Tally {
  int passed = 0;
  int failed = 0;
  double worst_logit = 0;
};

// The recorded shape whose tokenizer has as many tokens.
std::string TokenizerFolder(std::int64_t cut) {
  for (const auto& [tokens, shape] : {std::pair(2000, "golden-a"), std::pair(700, "golden-b")}) {
    if (cut == tokens) return kData + "/" + shape + "/model";
  }
  throw ErrorException({"invalid_input", "no recorded tokenizer of " + std::to_string(cut) + " tokens"});
}

void MakeCheckpoint(const std::string& folder, const json::Value& about, const std::string& to) {
  const std::string tokenizer = TokenizerFolder(about.Find("cut")->AsInteger());
  fs::copy_file(folder + "/config.json", to + "/config.json");
  for (const char* name : {"tokenizer.json", "preprocessor_config.json", "video_preprocessor_config.json"}) {
    fs::copy_file(tokenizer + "/" + name, to + "/" + name);
  }
  CheckpointRule rule;
  rule.seed = static_cast<std::uint64_t>(about.Find("seed")->AsInteger());
  rule.shards = static_cast<int>(about.Find("shards")->AsInteger());
  rule.storage = about.Find("storage")->AsString();
  WriteRuleWeights(to, rule).value();
}

void ReplayFolder(const std::string& folder, Tally* tally) {
  const std::string records = ReadFile(folder + "/records.jsonl", kMaxRecordBytes).value();
  testing::TemporaryFolder scratch;
  std::unique_ptr<ReplaySession> session;
  int number = 0;
  for (std::size_t begin = 0; begin < records.size();) {
    const std::size_t end = std::min(records.find('\n', begin), records.size());
    const auto line = json::Document::Parse(records.substr(begin, end - begin)).value();
    begin = end + 1;
    if (!session) {
      std::string model = folder + "/model";
      if (!fs::exists(model)) MakeCheckpoint(folder, *line.root().Find("checkpoint"), model = scratch.path());
      session = ReplaySession::Open(model, folder + "/media").value();
      continue;
    }
    ++number;
    Verdict verdict;
    try {
      const json::Value record = line.root();
      verdict = Compare(*record.Find("answer"), session->Run(*record.Find("settings"), *record.Find("body")));
    } catch (const std::exception& problem) {
      verdict.difference = problem.what();
    }
    tally->worst_logit = std::max(tally->worst_logit, verdict.logit_difference);
    (verdict.difference.empty() ? tally->passed : tally->failed) += 1;
    if (!verdict.difference.empty()) {
      std::printf("FAILED  %s request %d: %s\n", folder.c_str(), number, verdict.difference.c_str());
    }
  }
  std::printf("%s: %d requests\n", folder.c_str(), number);
}

int Replay(int count, char** folders) {
  Tally tally;
  for (int i = 0; i < count; ++i) {
    try {
      ReplayFolder(folders[i], &tally);
    } catch (const std::exception& problem) {
      ++tally.failed;
      std::printf("FAILED  %s: %s\n", folders[i], problem.what());
    }
  }
  std::printf("largest difference of a logit %.1e\n", tally.worst_logit);
  std::printf("%d passed, %d failed, 0 skipped\n", tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace vlr::parity

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: parity_replay DIR...\n");
    return 2;
  }
  return vlr::parity::Replay(argc - 1, argv + 1);
}
