// A request's header as the handlers see it.
#pragma once

#include "sidecar/http/message.h"
#include "sidecar/http/request_check.h"

namespace vlr::http {

// All but the body.
Request ToRequest(const RequestHeader& header);

}  // namespace vlr::http
