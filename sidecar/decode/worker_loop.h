// The worker's work: one request after the other until the client closes the socket.
#pragma once

#include <memory>

#include "media/decoder.h"

namespace vlr {

// Makes the decoder for a request's limits.
using DecoderFactory = std::unique_ptr<Decoder> (*)(const DecodeLimits&);

// Enters the sandbox, then serves kWorkerSocket. Returns the exit status.
int RunWorker(DecoderFactory make_decoder);

}  // namespace vlr
