// A worker for tests: the real loop and the real sandbox, but a decoder that does what the document's text
// says.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "decode/worker_loop.h"
#include "media/inline_decoder.h"

namespace vlr {
namespace {

constexpr std::string_view kPrefix = "FAULT:";

void Misbehave(std::string_view fault) {
  if (fault == "crash") ::raise(SIGSEGV);
  if (fault == "exit") ::_exit(0);
  if (fault == "open") ::open("/etc/passwd", O_RDONLY);
  if (fault == "socket") std::ignore = ::socket(AF_INET, SOCK_STREAM, 0);
  if (fault == "connect") std::ignore = ::connect(3, nullptr, 0);
  if (fault == "exec") ::execl("/bin/true", "true", nullptr);
  if (fault == "fork") ::fork();
  if (fault == "kill") ::kill(::getppid(), SIGTERM);
  if (fault == "ptrace") ::syscall(SYS_ptrace, 0, 0, 0, 0);
  if (fault == "unlink") ::unlink("/tmp/vl-rerank-no-such-file");
  if (fault == "execmem") {
    std::ignore = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  volatile bool forever = fault == "loop";
  while (forever) {
  }
  if (fault == "memory") {
    std::vector<std::vector<char>> hoard;
    for (;;) hoard.emplace_back(std::size_t{64} << 20, 'x');
  }
}

class FaultyDecoder : public InlineDecoder {
 public:
  using InlineDecoder::InlineDecoder;
  Result<DecodedImage> DecodeImage(std::span<const std::byte> bytes, const ImageRequest& request,
                                   Deadline deadline) override {
    if (const auto fault = FaultIn(bytes)) return Commit(*fault, "image_corrupt");
    return InlineDecoder::DecodeImage(bytes, request, deadline);
  }
  Result<DecodedVideo> DecodeVideo(std::span<const std::byte> bytes, const VideoRequest& request,
                                   Deadline deadline) override {
    if (const auto fault = FaultIn(bytes)) return Commit(*fault, "video_corrupt");
    return InlineDecoder::DecodeVideo(bytes, request, deadline);
  }

 private:
  static std::optional<std::string_view> FaultIn(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!text.starts_with(kPrefix)) return std::nullopt;
    return text.substr(kPrefix.size());
  }
  static Error Commit(std::string_view fault, const char* code) {
    try {
      Misbehave(fault);
    } catch (const std::bad_alloc&) {
      return {"decode_memory", "the hoard is full"};
    }
    return {code, "survived"};
  }
};

}  // namespace
}  // namespace vlr

int main() {
  return vlr::RunWorker([](const vlr::DecodeLimits& limits) -> std::unique_ptr<vlr::Decoder> {
    return std::make_unique<vlr::FaultyDecoder>(limits);
  });
}
