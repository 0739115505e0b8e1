#include "sidecar/api/errors.h"

#include <chrono>
#include <map>
#include <string>

#include "base/json.h"

namespace vlr::api {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};  // when the error does not say

}  // namespace

int StatusOf(const std::string& code) {
  static const std::map<std::string, int> statuses = {
      {"invalid_request", 400},  {"invalid_json", 400},      {"invalid_option", 400},
      {"unauthorized", 401},     {"forbidden", 403},         {"media_forbidden", 403},
      {"model_not_found", 404},  {"route_not_found", 404},   {"method_not_allowed", 405},
      {"request_timeout", 408},  {"payload_too_large", 413}, {"unsupported_media_type", 415},
      {"document_error", 422},   {"overloaded", 429},        {"header_too_large", 431},
      {"model_not_loaded", 503}, {"draining", 503},          {"decoder_unavailable", 503},
      {"deadline_exceeded", 504}};
  const auto status = statuses.find(code);
  return status == statuses.end() ? 500 : status->second;
}

http::Response ErrorResponse(const Error& error, int status, const std::string& request_id) {
  json::Writer out;
  const std::string code = error.code == "invalid_json" ? "invalid_request" : error.code;
  out.BeginObject().Key("error").BeginObject().Key("code").String(code).Key("message").String(error.message);
  if (!error.part.empty()) out.Key("param").String(error.part);
  out.Key("request_id").String(request_id).EndObject();
  out.Key("detail").String(error.message).Key("message").String(error.message).EndObject();
  http::Response response;
  response.status = status;
  response.error_code = code;
  response.body = out.Take();
  AddRetryAfter(error, &response);
  return response;
}

void AddRetryAfter(const Error& error, http::Response* response) {
  if (response->status != 429 && response->status != 503) return;
  const auto wait = error.retry_after.count() > 0 ? error.retry_after : kRetryAfter;
  response->headers.emplace_back("Retry-After", std::to_string(wait.count()));
}

}  // namespace vlr::api
