#include "sidecar/http/traceparent.h"

#include <gtest/gtest.h>

namespace vlr::http {
namespace {

TEST(TraceparentTest, TakesWhatTheStandardAllows) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";  // its own example
  EXPECT_EQ(WellFormedTraceparent(good), good);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string wrong = good;
    wrong[at] = 'X';
    EXPECT_EQ(WellFormedTraceparent(wrong), "") << wrong;
  }
  EXPECT_EQ(WellFormedTraceparent(""), "");
  EXPECT_EQ(WellFormedTraceparent(good + "-00"), "");
  EXPECT_EQ(WellFormedTraceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), "");
  EXPECT_EQ(WellFormedTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"), "");
}

}  // namespace
}  // namespace vlr::http
