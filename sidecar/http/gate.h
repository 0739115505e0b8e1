// Who may ask what, decided on a request's header, before its body is read.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sidecar/http/message.h"

namespace vlr::http {

struct Admission {
  std::optional<Response> refusal;  // the answer in place of the handler's
  std::string caller;               // the name of the key it came with; empty: none was needed
  std::shared_ptr<void> lease;      // held while the request is under way
};

// On the socket thread; the request has no body yet.
using Gate = std::function<Admission(const Request&)>;

}  // namespace vlr::http
