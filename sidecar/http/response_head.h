// A response's header on the wire.
#pragma once

#include <string>

#include "sidecar/http/message.h"

namespace vlr::http {

// Status line and fields with the empty line behind them (RFC 9112); Content-Length is the body's, of a 204
// there is none. REQUIRES names and values without line breaks. Beast's serializer says the same through a
// view of seven buffers, which takes longer than all the rest of sending.
std::string ResponseHead(const Response& response, const std::string& request_id, bool keep_alive);

}  // namespace vlr::http
