// POST /v1/locate.
#pragma once

#include "sidecar/api/backend.h"
#include "sidecar/http/router.h"

namespace vlr::api {

// `backend` must outlive the router.
void AddLocateRoute(Backend& backend, http::Router* router);

}  // namespace vlr::api
