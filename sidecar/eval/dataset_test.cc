#include "sidecar/eval/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vlr::eval {
namespace {

class DatasetTest : public testing::Test {
 protected:
  DatasetTest() : folder_(testing::TempDir() + "/dataset_test_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_ + "/qrels");
    Write("queries.jsonl",
          "{\"_id\": \"q1\", \"text\": \"fan\", \"metadata\": {\"language\": \"en\"}}\n"
          "{\"_id\": \"q2\", \"image\": \"q.png\", \"language\": \"de\", \"note\": 1, \"skill\": \"cats\", "
          "\"first_pass\": \"shuffle\"}\r\n\n"
          "{\"_id\": \"q3\", \"text\": \"nothing is relevant\"}\n");
    Write("corpus.jsonl",
          "{\"_id\": \"d1\", \"title\": \"Fan\", \"text\": \"cleaning\"}\n"
          "{\"_id\": \"d2\", \"title\": \"\", \"text\": \"belt\", \"image\": [\"a.png\", \"b.png\"]}\n"
          "{\"_id\": \"d3\", \"video\": {\"url\": \"c.mp4\", \"start\": 1, \"end\": 2}}\n");
    Write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq2\td3\t1\nq3\td1\t0\n");
    Write("first_pass.tsv",
          "query-id\tcorpus-id\tscore\nq1\td2\t1.5\nq1\td1\t3e1\nq2\td3\t-1\nq1\td3\t1.5\n");
  }
  ~DatasetTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string Complaint() {
    const auto dataset = LoadDataset(folder_);
    return dataset ? "" : dataset.error().message;
  }

  std::string folder_;
};

TEST_F(DatasetTest, ReadsTheLayout) {
  const auto dataset = LoadDataset(folder_);
  ASSERT_TRUE(dataset) << dataset.error().message;
  ASSERT_EQ(dataset->queries.size(), 2U);
  EXPECT_EQ(dataset->queries_without_relevant, 1U);
  EXPECT_EQ(dataset->queries[0].language, "en");
  EXPECT_EQ(dataset->queries[1].language, "de");
  EXPECT_EQ(dataset->queries[1].content.images.size(), 1U);
  EXPECT_EQ(dataset->queries[0].skill, "unknown");
  EXPECT_FALSE(dataset->queries[0].shuffled);
  EXPECT_EQ(dataset->queries[1].skill, "cats");
  EXPECT_TRUE(dataset->queries[1].shuffled);
  EXPECT_EQ(dataset->corpus.at("d1").texts, SharedTexts{"Fan cleaning"});
  EXPECT_EQ(dataset->corpus.at("d2").texts, SharedTexts{"belt"});
  EXPECT_EQ(dataset->corpus.at("d3").videos[0].end_s, 2.0);
  EXPECT_EQ(dataset->judgements.at("q1").at("d1"), 2);
  // By score; equal ones as they came.
  EXPECT_EQ(dataset->first_pass.at("q1"), (std::vector<std::string>{"d1", "d2", "d3"}));
  EXPECT_EQ(ModalityOf(dataset->queries[0], *dataset), "text+image");
  EXPECT_EQ(ModalityOf(dataset->queries[1], *dataset), "video");
}

TEST_F(DatasetTest, WithoutAFirstPassTheCorpusIsTheCandidates) {
  std::filesystem::remove(folder_ + "/first_pass.tsv");
  const auto dataset = LoadDataset(folder_);
  ASSERT_TRUE(dataset);
  EXPECT_EQ(dataset->first_pass.at("q2"), (std::vector<std::string>{"d1", "d2", "d3"}));
}

TEST_F(DatasetTest, ComplaintsNameFileAndLine) {
  Write("first_pass.tsv", "query-id\tcorpus-id\tscore\nq1\td9\t1\n");
  EXPECT_NE(Complaint().find("first_pass.tsv: d9"), std::string::npos);
  Write("first_pass.tsv", "query-id\tcorpus-id\tscore\nq1 d1 1\n");
  EXPECT_NE(Complaint().find("first_pass.tsv, line 2"), std::string::npos);
  Write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\tnan\n");
  EXPECT_NE(Complaint().find("qrels/test.tsv, line 2"), std::string::npos);
  Write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t0.5\n");
  EXPECT_NE(Complaint().find("whole number"), std::string::npos);
  Write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t0\n");
  EXPECT_NE(Complaint().find("no query has a relevant document"), std::string::npos);
  Write("corpus.jsonl", "{\"_id\": \"d1\", \"text\": \"a\"}\n{\"_id\": \"d1\", \"text\": \"b\"}\n");
  EXPECT_NE(Complaint().find("corpus.jsonl, line 2: _id d1 stands twice"), std::string::npos);
  Write("corpus.jsonl", "{\"_id\": \"d1\", \"text\": 3}\n");
  EXPECT_NE(Complaint().find("corpus.jsonl, line 1"), std::string::npos);
  Write("queries.jsonl", "[]\n");
  EXPECT_NE(Complaint().find("queries.jsonl, line 1"), std::string::npos);
  std::filesystem::remove(folder_ + "/queries.jsonl");
  EXPECT_NE(Complaint().find("queries.jsonl"), std::string::npos);
}

}  // namespace
}  // namespace vlr::eval
