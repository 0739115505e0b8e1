// What clients of text-embeddings-inference ask before they rerank: GET /health and /info, also below /tei.
#pragma once

#include "sidecar/api/backend.h"
#include "sidecar/http/router.h"

namespace vlr::api {

// `backend` and `settings` must outlive the router.
void AddTeiRoutes(Backend& backend, const Settings& settings, http::Router* router);

}  // namespace vlr::api
