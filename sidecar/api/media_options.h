// The members of a body that say how media are prepared.
#pragma once

#include "rerank/request.h"
#include "sidecar/api/field_reader.h"

namespace vlr::api {

// "fps", "max_frames" and "image" over what `preparation` holds. Throws through Refuse.
void ReadMediaOptions(FieldReader* body, PreparationOptions* preparation);

}  // namespace vlr::api
