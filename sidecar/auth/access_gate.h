// The gate of the listener: key, role and limits of each request.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sidecar/auth/api_key.h"
#include "sidecar/auth/key_limits.h"
#include "sidecar/http/gate.h"
#include "sidecar/http/router.h"

namespace vlr::auth {

// On the socket thread. Without keys everyone may do everything: the listener is meant to be local then.
class AccessGate {
 public:
  // The router must outlive the gate.
  explicit AccessGate(const http::Router& router) : router_(router) {}

  // Takes over another set of keys; a key that keeps its name keeps what it has used up.
  void SetKeys(std::vector<ApiKey> keys);
  // Refusals: "unauthorized" (401), "forbidden" (403, the role does not suffice), "overloaded" (429 with
  // Retry-After, a limit of the key).
  http::Admission Admit(const http::Request& request);

 private:
  http::Response Refuse(const http::Request& request, int status, const std::string& code,
                        const std::string& message) const;

  const http::Router& router_;
  std::vector<ApiKey> keys_;
  std::map<std::string, std::shared_ptr<KeyLimits>> limits_;  // by the key's name
};

}  // namespace vlr::auth
