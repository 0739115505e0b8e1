// Base64, the standard alphabet with padding (RFC 4648).
#pragma once

#include <string>
#include <string_view>

namespace vlr {

std::string Base64(std::string_view bytes);

}  // namespace vlr
