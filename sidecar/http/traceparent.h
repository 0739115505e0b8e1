// W3C Trace Context, level 1: the header that names the trace a request belongs to.
#pragma once

#include <string>
#include <string_view>

namespace vlr::http {

// The header when it is "00-<32 hex>-<16 hex>-<2 hex>" in lower case with ids that are not all zero, else
// empty.
std::string WellFormedTraceparent(std::string_view header);

}  // namespace vlr::http
