#include "sidecar/api/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cctype>
#include <memory>
#include <set>
#include <string>

#include "base/json.h"
#include "sidecar/api/service.h"

namespace vlr::api {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return upper;
}

// "POST /v1/rerank", …
std::set<std::string> DocumentedRoutes() {
  const auto document = json::Document::Parse(OpenApiDocument());
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  std::set<std::string> routes;
  const json::Value paths = *document->root().Find("paths");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const json::Value methods = paths.ValueAt(i);
    for (std::size_t k = 0; k < methods.size(); ++k)
      routes.insert(Upper(methods.KeyAt(k)) + " " + std::string(paths.KeyAt(i)));
  }
  return routes;
}

std::set<std::string> ServedRoutes() {
  boost::asio::io_context io(1);
  Settings settings;
  settings.media.decoder = VLR_DECODE_PROGRAM;
  const auto runtime = Runtime::Create(io, settings);
  EXPECT_TRUE(runtime) << (runtime ? "" : runtime.error().message);
  ModelHost models;
  const Service service(**runtime, models, settings);
  std::set<std::string> routes;
  for (const auto& [path, methods] : service.router().routes()) {
    for (const auto& [method, handler] : methods) routes.insert(Upper(method) + " " + path);
  }
  return routes;
}

TEST(OpenApiTest, ServedAndDocumentedRoutesAreTheSame) {
  EXPECT_EQ(ServedRoutes(), DocumentedRoutes()) << "a new route needs its entry in sidecar/api/openapi.json";
}

}  // namespace
}  // namespace vlr::api
