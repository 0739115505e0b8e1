#include "sidecar/auth/access_gate.h"

#include <algorithm>

namespace vlr::auth {

http::Response AccessGate::Refuse(const http::Request& request, int status, const std::string& code,
                                  const std::string& message) const {
  return router_.Error(request, status, code, message);
}

void AccessGate::SetKeys(std::vector<ApiKey> keys) {
  std::map<std::string, std::shared_ptr<KeyLimits>> limits;
  for (const ApiKey& key : keys) {
    const auto known = limits_.find(key.name);
    if (known == limits_.end()) {
      limits.emplace(key.name, std::make_shared<KeyLimits>(key.requests_per_s, key.max_concurrent));
    } else {
      known->second->Change(key.requests_per_s, key.max_concurrent);
      limits.insert(*known);
    }
  }
  keys_ = std::move(keys);
  limits_ = std::move(limits);
}

http::Admission AccessGate::Admit(const http::Request& request) {
  http::Admission admission;
  const http::Access access = router_.AccessOf(request);
  if (keys_.empty() || access == http::Access::kOpen) return admission;
  const std::string_view presented = BearerKey(request.Header("authorization"));
  const auto found = presented.empty() ? std::nullopt : FindKey(keys_, HashOf(presented));
  if (!found) {
    admission.refusal = Refuse(
        request, 401, "unauthorized",
        presented.empty() ? "an API key is needed: Authorization: Bearer KEY" : "the API key is not known");
    admission.refusal->headers.emplace_back("WWW-Authenticate", "Bearer realm=\"vl-rerank\"");
    return admission;
  }
  const ApiKey& key = keys_[*found];
  admission.caller = key.name;
  if (access == http::Access::kAdmin && key.role != Role::kAdmin) {
    admission.refusal = Refuse(request, 403, "forbidden", "this route needs a key with the role admin");
    return admission;
  }
  const std::shared_ptr<KeyLimits> limits = limits_.at(key.name);
  if (const auto pause = limits->Enter(std::chrono::steady_clock::now())) {
    admission.refusal = Refuse(request, 429, "overloaded", "the limit of this API key is reached");
    auto& headers = admission.refusal->headers;
    std::erase_if(headers, [](const auto& header) { return header.first == "Retry-After"; });
    headers.emplace_back("Retry-After", std::to_string(pause->count()));
    return admission;
  }
  admission.lease = std::shared_ptr<void>(nullptr, [limits](void*) { limits->Leave(); });
  return admission;
}

}  // namespace vlr::auth
