#include "sidecar/http/cors.h"

#include <algorithm>

namespace vlr::http {
namespace {

constexpr const char* kPreflightSeconds = "600";

// "http://host:port" of this server as the request names it, whatever the scheme.
bool IsOwnOrigin(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && origin.substr(scheme + 3) == host;
}

}  // namespace

bool Cors::Allows(std::string_view origin) const {
  return std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

std::optional<Response> Cors::Preflight(const Request& request) const {
  const std::string_view origin = request.Header("origin");
  const bool asks = request.method == "OPTIONS" && !origin.empty() &&
                    !request.Header("access-control-request-method").empty();
  if (!asks || !Allows(origin)) return std::nullopt;
  Response response;
  response.status = 204;
  response.headers = {
      {"Access-Control-Allow-Methods", "GET, POST"},
      {"Access-Control-Allow-Headers", "Authorization, Content-Type, Traceparent, X-Request-Id"},
      {"Access-Control-Max-Age", kPreflightSeconds}};
  return response;
}

bool Cors::Forbids(const Request& request) const {
  const std::string_view origin = request.Header("origin");
  if (request.method == "GET" || origin.empty()) return false;
  return !IsOwnOrigin(origin, request.Header("host")) && !Allows(origin);
}

void Cors::Decorate(const Request& request, Response* response) const {
  if (allowed_.empty()) return;
  response->headers.emplace_back("Vary", "Origin");
  const std::string_view origin = request.Header("origin");
  if (origin.empty() || !Allows(origin)) return;
  response->headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response->headers.emplace_back("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
}

}  // namespace vlr::http
