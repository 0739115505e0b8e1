#include "sidecar/auth/access_gate.h"

#include <gtest/gtest.h>

namespace vlr::auth {
namespace {

class AccessGateTest : public testing::Test {
 protected:
  AccessGateTest()
      : router_([](const http::Request&, int status, const std::string& code, const std::string&) {
          http::Response response;
          response.status = status;
          response.body = code;
          response.headers.emplace_back("Retry-After", "77");
          return response;
        }),
        gate_(router_) {
    const auto nothing = [](const http::Request&) -> boost::asio::awaitable<http::Response> {
      co_return http::Response();
    };
    router_.Add("GET", "/health", nothing, http::Access::kOpen);
    router_.Add("POST", "/score", nothing);
    router_.Add("POST", "/unload", nothing, http::Access::kAdmin);
    gate_.SetKeys(
        {{"searcher", Role::kScore, HashOf("score-key")}, {"boss", Role::kAdmin, HashOf("admin-key")}});
  }

  http::Admission Admit(const std::string& method, const std::string& path, const std::string& key) {
    http::Request request;
    request.method = method;
    request.path = path;
    if (!key.empty()) request.headers["authorization"] = "Bearer " + key;
    return gate_.Admit(request);
  }
  int StatusOf(const std::string& method, const std::string& path, const std::string& key) {
    const http::Admission admission = Admit(method, path, key);
    return admission.refusal ? admission.refusal->status : 200;
  }

  http::Router router_;
  AccessGate gate_;
};

std::vector<std::string> Values(const http::Response& response, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& [header, value] : response.headers) {
    if (header == name) values.push_back(value);
  }
  return values;
}

TEST_F(AccessGateTest, RolesDecide) {
  EXPECT_EQ(StatusOf("GET", "/health", ""), 200);
  EXPECT_EQ(StatusOf("POST", "/score", ""), 401);
  EXPECT_EQ(StatusOf("POST", "/score", "score-kez"), 401);
  EXPECT_EQ(StatusOf("POST", "/score", "score-key"), 200);
  EXPECT_EQ(StatusOf("POST", "/score", "admin-key"), 200);
  EXPECT_EQ(StatusOf("POST", "/unload", "score-key"), 403);
  EXPECT_EQ(StatusOf("POST", "/unload", "admin-key"), 200);
  EXPECT_EQ(StatusOf("GET", "/unknown", ""), 401) << "routes are not to be found out without a key";
  EXPECT_EQ(StatusOf("GET", "/score", ""), 401);
  EXPECT_EQ(Admit("POST", "/score", "score-key").caller, "searcher");
  const http::Admission refused = Admit("POST", "/score", "");
  EXPECT_EQ(Values(*refused.refusal, "WWW-Authenticate").size(), 1U);
}

TEST_F(AccessGateTest, WithoutKeysEveryoneMay) {
  gate_.SetKeys({});
  EXPECT_EQ(StatusOf("POST", "/unload", ""), 200);
}

TEST_F(AccessGateTest, LimitsAreThoseOfTheKeyAndOutliveAReload) {
  ApiKey key{"searcher", Role::kScore, HashOf("score-key"), 0, 1};
  gate_.SetKeys({key});
  http::Admission first = Admit("POST", "/score", "score-key");
  EXPECT_FALSE(first.refusal);
  const http::Admission second = Admit("POST", "/score", "score-key");
  ASSERT_TRUE(second.refusal);
  EXPECT_EQ(second.refusal->status, 429);
  EXPECT_EQ(Values(*second.refusal, "Retry-After"), std::vector<std::string>{"1"});
  gate_.SetKeys({key});
  EXPECT_EQ(StatusOf("POST", "/score", "score-key"), 429) << "what is under way stays counted";
  first.lease.reset();
  EXPECT_EQ(StatusOf("POST", "/score", "score-key"), 200);
  gate_.SetKeys({{"other", Role::kScore, HashOf("other-key")}});
  EXPECT_EQ(StatusOf("POST", "/score", "score-key"), 401);
}

}  // namespace
}  // namespace vlr::auth
