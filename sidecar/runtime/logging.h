// The log: lines of text or of JSON, one an event.
#pragma once

#include <string>

#include "sidecar/http/server.h"
#include "sidecar/settings/settings.h"

namespace vlr {

// Level and format of everything that is logged from then on. Call it on one thread.
void SetUpLogging(const LogSettings& log);

// Whether log.slow_ms calls for a warning.
bool IsSlow(const http::AccessRecord& record, const LogSettings& log);

// One line for an answered request: at warning when it failed on our side or took longer than log.slow_ms
// (then with the time of each stage), at info when `scoring`, else at debug. `route` is the path when it is
// one of ours: what strangers ask for is not written down.
void LogAccess(const http::AccessRecord& record, const std::string& route, bool scoring,
               const LogSettings& log);

}  // namespace vlr
