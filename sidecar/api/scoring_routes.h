// The routes that score pairs, one table for all schemas.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "sidecar/api/backend.h"
#include "sidecar/api/schema.h"
#include "sidecar/http/router.h"

namespace vlr::api {

// The paths below, for logs and limits.
const std::vector<std::string>& ScoringPaths();
// `backend` must outlive the router.
void AddScoringRoutes(Backend& backend, http::Router* router);

}  // namespace vlr::api
