#include "sidecar/http/cors.h"

#include <gtest/gtest.h>

namespace vlr::http {
namespace {

Request Asks(const std::string& method, const std::string& origin, const std::string& wants = "") {
  Request request;
  request.method = method;
  request.headers["host"] = "rerank.example:7860";
  if (!origin.empty()) request.headers["origin"] = origin;
  if (!wants.empty()) request.headers["access-control-request-method"] = wants;
  return request;
}

std::string HeaderOf(const Response& response, const std::string& name) {
  for (const auto& [header, value] : response.headers) {
    if (header == name) return value;
  }
  return "";
}

TEST(CorsTest, OffByDefault) {
  const Cors cors;
  EXPECT_FALSE(cors.Preflight(Asks("OPTIONS", "https://a.example", "POST")));
  EXPECT_TRUE(cors.Forbids(Asks("POST", "https://a.example")));
  EXPECT_TRUE(cors.Forbids(Asks("POST", "null")));
  EXPECT_FALSE(cors.Forbids(Asks("POST", "")));
  EXPECT_FALSE(cors.Forbids(Asks("POST", "http://rerank.example:7860"))) << "its own page";
  EXPECT_TRUE(cors.Forbids(Asks("POST", "http://rerank.example:7861")));
  EXPECT_FALSE(cors.Forbids(Asks("GET", "https://a.example")));
  Response response;
  cors.Decorate(Asks("GET", "https://a.example"), &response);
  EXPECT_TRUE(response.headers.empty());
}

TEST(CorsTest, ListedOriginsMayAsk) {
  const Cors cors({"https://a.example"});
  const auto preflight = cors.Preflight(Asks("OPTIONS", "https://a.example", "POST"));
  ASSERT_TRUE(preflight);
  EXPECT_EQ(preflight->status, 204);
  EXPECT_NE(HeaderOf(*preflight, "Access-Control-Allow-Headers").find("Authorization"), std::string::npos);
  EXPECT_FALSE(cors.Preflight(Asks("OPTIONS", "https://b.example", "POST")));
  EXPECT_FALSE(cors.Preflight(Asks("OPTIONS", "https://a.example")));
  EXPECT_FALSE(cors.Forbids(Asks("POST", "https://a.example")));
  EXPECT_TRUE(cors.Forbids(Asks("POST", "https://b.example")));
  Response mine;
  cors.Decorate(Asks("POST", "https://a.example"), &mine);
  EXPECT_EQ(HeaderOf(mine, "Access-Control-Allow-Origin"), "https://a.example");
  Response other;
  cors.Decorate(Asks("GET", "https://b.example"), &other);
  EXPECT_EQ(HeaderOf(other, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(HeaderOf(other, "Vary"), "Origin") << "a cache must not give one origin's answer to another";
}

}  // namespace
}  // namespace vlr::http
