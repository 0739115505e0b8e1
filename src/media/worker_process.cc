#include "media/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

namespace vlr {
namespace {

// Far more than it opens: to send one, a user's messages may hold no more of them, of all processes together,
// than this. Each of 256 workers may be sent a document and send its pixels.
constexpr rlim_t kDescriptors = 1024;
constexpr int kExecFailed = 127;

Error Unavailable(const std::string& what) {
  return {"decoder_unavailable", what};
}

void Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(resource, &limit);
}

// Address space: what decoding may take, the document, and the answer's pixels. A sanitizer reserves
// terabytes.
rlim_t AddressSpace([[maybe_unused]] const DecodeLimits& limits) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return RLIM_INFINITY;
#endif
#endif
  return limits.max_memory_bytes + limits.max_video_bytes + limits.max_output_bytes;
}

// Between fork and exec in a program of many threads: only calls that are safe there.
[[noreturn]] void BecomeWorker(const char* program, int socket, pid_t parent, const DecodeLimits& limits) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExecFailed);
  // Through a high number first: the socket itself may stand at kWorkerSocket.
  const int high = ::fcntl(socket, F_DUPFD, kWorkerSocket + 1);
  if (high < 0 || ::dup2(high, kWorkerSocket) < 0) ::_exit(kExecFailed);
  ::syscall(SYS_close_range, kWorkerSocket + 1, ~0U, 0);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < kWorkerSocket; ++fd) {
    if (null >= 0) ::dup2(null, fd);
  }
  if (null > kWorkerSocket) ::close(null);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  Limit(RLIMIT_NOFILE, kDescriptors);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_AS, AddressSpace(limits));
  Limit(RLIMIT_FSIZE, limits.max_output_bytes + (std::size_t{1} << 20));
  std::array<char*, 2> arguments = {const_cast<char*>(program), nullptr};
  std::array<char*, 1> environment = {nullptr};
  ::execve(program, arguments.data(), environment.data());
  ::_exit(kExecFailed);
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(const std::string& program,
                                                            const DecodeLimits& limits) {
  if (::access(program.c_str(), X_OK) != 0)
    return Unavailable("the decoder program is missing or not executable");
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    return Unavailable("no socket for a decoder");
  }
  UniqueFd ours(sockets[0]);
  const UniqueFd theirs(sockets[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return Unavailable("no process for a decoder");
  if (pid == 0) BecomeWorker(program.c_str(), theirs.get(), parent, limits);
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, std::move(ours)));
}

WorkerProcess::~WorkerProcess() {
  if (pid_ > 0) Kill();
}

int WorkerProcess::Kill() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  socket_.Reset();
  return status;
}

void WorkerProcess::AllowCpu(std::chrono::seconds more) const {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return;
  const rlimit limit{static_cast<rlim_t>(used.tv_sec + more.count() + 1), RLIM_INFINITY};
  ::prlimit(pid_, RLIMIT_CPU, &limit, nullptr);
}

Result<WorkerProcess::Reply> WorkerProcess::Call(const WireRequest& request, int document,
                                                 const Decoder::Deadline& deadline) {
  AllowCpu(request.limits.max_cpu);
  Reply reply;
  Received received = Received::kClosed;
  {
    // Ends the wait at once, from another thread; the socket is of no use after.
    const std::stop_callback hang_up(deadline.stop, [this] { ::shutdown(socket_.get(), SHUT_RDWR); });
    if (SendMessage(socket_.get(), std::as_bytes(std::span(&request, 1)), document)) {
      received = ReceiveMessage(socket_.get(), std::as_writable_bytes(std::span(&reply.answer, 1)),
                                &reply.payload, deadline.at);
    }
  }
  if (deadline.stop.stop_requested()) {
    Kill();
    return Error{"cancelled", "whoever asked for it has gone"};
  }
  if (received == Received::kMessage) return reply;
  const bool late = received == Received::kTimeout;
  if (!late) {
    // It has died or lies: let a dying process finish, so that its own reason is seen and not our kill.
    siginfo_t info{};
    for (int i = 0;
         i < 50 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
         ++i) {
      const timespec pause{0, 2'000'000};
      ::nanosleep(&pause, nullptr);
    }
  }
  const int status = Kill();
  if (late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
    return Error{"decode_timeout", "the document took longer to decode than allowed"};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExecFailed)
    return Unavailable("the decoder program cannot run");
  return Error{"decoder_crashed", "the decoder died on this document"};
}

}  // namespace vlr
