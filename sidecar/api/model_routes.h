// Loading and unloading models while the server runs.
#pragma once

#include "sidecar/api/backend.h"
#include "sidecar/http/router.h"
#include "sidecar/settings/settings.h"

namespace vlr::api {

// POST /v1/model/load {"name"?, "path"?, "dtype"?, "device"?} and POST /v1/model/unload {"name"}: 202 with
// the model's name; how it goes on is in /v1/status. Without a path a known model is loaded, again where it
// is loaded already. All must outlive the router.
void AddModelRoutes(Backend& backend, const Settings& settings, http::Router* router);

}  // namespace vlr::api
