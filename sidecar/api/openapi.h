// The OpenAPI document of the server: openapi.json beside this file, compiled in.
#pragma once

#include <string_view>

namespace vlr::api {

// JSON text.
std::string_view OpenApiDocument();

}  // namespace vlr::api
