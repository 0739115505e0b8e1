#include "sidecar/http/request_head.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <random>

namespace vlr::http {

namespace bh = boost::beast::http;

namespace {

constexpr std::size_t kMaxRequestIdLength = 128;

std::string MakeRequestId() {
  static thread_local std::mt19937_64 random(std::random_device{}());
  char text[32];
  std::snprintf(text, sizeof text, "rr-%016llx", static_cast<unsigned long long>(random()));
  return text;
}

std::string RequestId(std::string_view given) {
  const bool usable = !given.empty() && given.size() <= kMaxRequestIdLength &&
                      std::all_of(given.begin(), given.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
                      });
  return usable ? std::string(given) : MakeRequestId();
}

}  // namespace

Request ToRequest(const RequestHeader& header) {
  Request request;
  const bool head = header.method() == bh::verb::head;
  request.method = head ? "GET" : std::string(header.method_string());
  const std::string_view target = header.target();
  request.path = std::string(target.substr(0, target.find('?')));
  for (const auto& field : header) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers.emplace(std::move(name), std::string(field.value()));
  }
  request.id = RequestId(request.Header("x-request-id"));
  return request;
}

}  // namespace vlr::http
