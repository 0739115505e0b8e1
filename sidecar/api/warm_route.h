#pragma once

#include "sidecar/api/backend.h"
#include "sidecar/http/router.h"

namespace vlr::api {

// POST /v1/warm.
void AddWarmRoute(Backend& backend, const Settings& settings, http::Router* router);

}  // namespace vlr::api
