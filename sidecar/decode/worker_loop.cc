#include "decode/worker_loop.h"

#include <sys/stat.h>

#include <algorithm>
#include <span>

#include "decode/sandbox.h"
#include "media/fd_channel.h"
#include "media/protocol.h"

namespace vlr {
namespace {

bool Send(const WireAnswer& answer, int payload) {
  return SendMessage(kWorkerSocket, std::as_bytes(std::span(&answer, 1)), payload);
}

bool SendPixels(const WireAnswer& answer, const Payload& payload) {
  const UniqueFd memory = MakeMemory(payload.bytes());
  if (!memory) return Send(AnswerOf(Error{"decode_memory", "no memory for the pixels"}), -1);
  {
    SharedMapping mapping(memory.get(), payload.bytes(), true);
    if (!mapping) return Send(AnswerOf(Error{"decode_memory", "no memory for the pixels"}), -1);
    const auto indices = std::as_bytes(payload.indices);
    std::byte* to = std::copy(indices.begin(), indices.end(), mapping.data());
    for (const auto& part : payload.pixels) {
      const auto pixels = std::as_bytes(part);
      to = std::copy(pixels.begin(), pixels.end(), to);
    }
  }
  return Seal(memory.get()) && Send(answer, memory.get());
}

bool Serve(Decoder& decoder, const WireRequest& request, std::span<const std::byte> bytes) {
  const auto deadline = std::chrono::steady_clock::now() + request.budget;
  Payload payload;
  switch (request.call) {
    case WireCall::kImage: {
      const auto image = decoder.DecodeImage(bytes, request.image, deadline);
      return image ? SendPixels(AnswerOf(*image, &payload), payload) : Send(AnswerOf(image.error()), -1);
    }
    case WireCall::kVideo: {
      const auto video = decoder.DecodeVideo(bytes, request.video, deadline);
      return video ? SendPixels(AnswerOf(*video, &payload), payload) : Send(AnswerOf(video.error()), -1);
    }
    case WireCall::kInspect: {
      const auto info = decoder.Inspect(bytes, deadline);
      return Send(info ? AnswerOf(*info) : AnswerOf(info.error()), -1);
    }
  }
  return false;
}

}  // namespace

int RunWorker(DecoderFactory make_decoder) {
  if (!EnterSandbox()) return 1;
  for (;;) {
    WireRequest request;
    UniqueFd document;
    const Received received = ReceiveMessage(kWorkerSocket, std::as_writable_bytes(std::span(&request, 1)),
                                             &document, std::chrono::steady_clock::time_point::max());
    if (received == Received::kClosed) return 0;
    if (received != Received::kMessage || request.magic != kWireMagic || !document) return 1;
    struct stat status {};
    if (::fstat(document.get(), &status) != 0) return 1;
    const SharedMapping bytes(document.get(), static_cast<std::size_t>(status.st_size), false);
    if (!bytes) {
      if (!Send(AnswerOf(Error{"decode_memory", "no memory for the document"}), -1)) return 1;
      continue;
    }
    const auto decoder = make_decoder(request.limits);
    if (!Serve(*decoder, request, bytes.bytes())) return 1;
  }
}

}  // namespace vlr
