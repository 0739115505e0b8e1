// vl-rerank-decode: decodes documents for the process that started it. Not for use by hand.
#include "decode/worker_loop.h"
#include "media/inline_decoder.h"

int main() {
  return vlr::RunWorker([](const vlr::DecodeLimits& limits) -> std::unique_ptr<vlr::Decoder> {
    return std::make_unique<vlr::InlineDecoder>(limits);
  });
}
