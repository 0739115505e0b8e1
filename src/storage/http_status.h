// What an HTTP status other than 200 means for the one who asked.
#pragma once

#include "base/error.h"

namespace vlr {

Error StatusError(unsigned status);

// 301, 302, 303, 307, 308.
bool IsRedirect(unsigned status);

// 500, 502, 503, 504: another try may succeed.
bool IsTransient(unsigned status);

}  // namespace vlr
