// Errors as HTTP: which status a code gets, and the body that every client family can read.
#pragma once

#include <string>

#include "base/error.h"
#include "sidecar/http/message.h"

namespace vlr::api {

int StatusOf(const std::string& code);

// {"error": {code, message, param, request_id}, "detail": message, "message": message}: Jina's and vLLM's
// clients read detail, Cohere's message. 429 and 503 carry Retry-After.
http::Response ErrorResponse(const Error& error, int status, const std::string& request_id);
inline http::Response ErrorResponse(const Error& error, const std::string& request_id) {
  return ErrorResponse(error, StatusOf(error.code), request_id);
}

// 429 and 503 tell when to come back: the error's own time, else a second.
void AddRetryAfter(const Error& error, http::Response* response);

}  // namespace vlr::api
