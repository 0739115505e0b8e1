#include "sidecar/eval/report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"

namespace vlr::eval {
namespace {

Report Example() {
  Report report;
  report.model = "m";
  report.queries = 2;
  report.groupings = {{"modality", {"text", "image"}}, {"language", {"en", "en"}}};
  const double none = std::nan("");
  report.runs.push_back(
      {"first_pass", std::nullopt, {0.5, 0.0}, {0.5, 0.0}, {1, 0}, {0, 0}, {0.5, none}, {}});
  report.runs.push_back({"instruction 1",
                         "find it",
                         {1.0, 0.5},
                         {1.0, 0.5},
                         {1, 1},
                         {1, 0},
                         {1.0, none},
                         {{"media_missing", 3}}});
  report.runs.push_back({"instruction 2", "other", {0.5, 0.5}, {0.5, 0.5}, {1, 1}, {0, 0}, {0.5, none}, {}});
  return report;
}

TEST(EvalReportTest, JsonHoldsMeansGroupsAndDifferences) {
  const auto document = json::Document::Parse(ToJson(Example(), {}));
  ASSERT_TRUE(document);
  const json::Value root = document->root();
  EXPECT_EQ(root.Find("best")->AsString(), "instruction 1");
  const json::Value run = (*root.Find("runs"))[1];
  EXPECT_EQ(run.Find("instruction")->AsString(), "find it");
  EXPECT_DOUBLE_EQ(run.Find("metrics")->Find("ndcg@10")->Find("mean")->AsNumber(), 0.75);
  EXPECT_DOUBLE_EQ(
      run.Find("by_modality")->Find("image")->Find("metrics")->Find("ndcg@10")->Find("mean")->AsNumber(),
      0.5);
  EXPECT_DOUBLE_EQ(run.Find("metrics")->Find("pairs")->Find("mean")->AsNumber(), 1.0)
      << "of the one that has pairs";
  EXPECT_FALSE(run.Find("by_modality")->Find("image")->Find("metrics")->Find("pairs"));
  EXPECT_EQ(run.Find("by_language")->Find("en")->Find("queries")->AsInteger(), 2);
  EXPECT_EQ(run.Find("document_faults")->Find("media_missing")->AsInteger(), 3);
  const json::Value differences = *run.Find("differences");
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].Find("to")->AsString(), "first_pass");
  // Both queries gain a half.
  EXPECT_DOUBLE_EQ(differences[0].Find("ndcg@10")->Find("low")->AsNumber(), 0.5);
  // A run that is neither is compared with both.
  const json::Value third = *(*root.Find("runs"))[2].Find("differences");
  ASSERT_EQ(third.size(), 2U);
  EXPECT_DOUBLE_EQ(third[1].Find("ndcg@10")->Find("mean")->AsNumber(), -0.25);
}

TEST(EvalReportTest, TheTableHasALineForEachRunAndGroup) {
  const std::string table = ToTable(Example(), {});
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4 + 4) << "one label alone is no group";
  EXPECT_NE(table.find("by modality"), std::string::npos);
  EXPECT_EQ(table.find("by language"), std::string::npos);
  EXPECT_NE(table.find("0.750 ["), std::string::npos);
  EXPECT_NE(table.find("find it"), std::string::npos);
}

}  // namespace
}  // namespace vlr::eval
