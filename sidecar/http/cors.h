// Cross-origin requests of browsers (Fetch standard, "CORS protocol"): none but from the origins listed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sidecar/http/message.h"

namespace vlr::http {

// Thread safe.
class Cors {
 public:
  // "https://app.example:8443" each, or "*" for any; empty: none.
  explicit Cors(std::vector<std::string> allowed_origins = {}) : allowed_(std::move(allowed_origins)) {}

  // The answer to a preflight of an allowed origin; nothing for any other request.
  std::optional<Response> Preflight(const Request& request) const;
  // True for a page of another origin that is not allowed. A browser sends some requests (a form, a body
  // without a type) without asking first, so these are to be refused, not only left without headers.
  bool Forbids(const Request& request) const;
  // Adds what lets an allowed origin read the answer.
  void Decorate(const Request& request, Response* response) const;

 private:
  bool Allows(std::string_view origin) const;

  std::vector<std::string> allowed_;
};

}  // namespace vlr::http
