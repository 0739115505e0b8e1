// The setting server.auth.keys.
#pragma once

#include <vector>

#include "sidecar/auth/api_key.h"
#include "sidecar/settings/setters.h"

namespace vlr {

// A list of {name, role, hash, requests_per_s?, max_concurrent?}; names and hashes stand once.
Setter SetKeys(std::vector<auth::ApiKey>* out);

}  // namespace vlr
