#include "decode/sandbox.h"

#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cerrno>
#include <ctime>
#include <initializer_list>
#include <memory>

namespace vlr {
namespace {

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

bool Allow(scmp_filter_ctx filter, std::initializer_list<int> calls) {
  for (const int call : calls) {
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0) return false;
  }
  return true;
}

// The bits `mask` of argument `index` must be `value`.
bool AllowWhere(scmp_filter_ctx filter, int call, unsigned index, scmp_datum_t mask, scmp_datum_t value) {
  const scmp_arg_cmp where{index, SCMP_CMP_MASKED_EQ, mask, value};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &where) == 0;
}

// What the C library does once and by itself must be done before: opening the time zone's file, counting
// processors for another malloc arena.
void Warm() {
  ::tzset();
  ::mallopt(M_ARENA_MAX, 1);
}

}  // namespace

bool EnterSandbox() {
  Warm();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const std::unique_ptr<void, FilterDeleter> owner(seccomp_init(SCMP_ACT_KILL_PROCESS));
  const scmp_filter_ctx filter = owner.get();
  if (filter == nullptr) return false;
  bool ok = Allow(filter, {SCMP_SYS(recvmsg),
                           SCMP_SYS(sendmsg),
                           SCMP_SYS(poll),
                           SCMP_SYS(ppoll),
                           SCMP_SYS(close),
                           SCMP_SYS(memfd_create),
                           SCMP_SYS(ftruncate),
                           SCMP_SYS(fcntl),
                           SCMP_SYS(fstat),
                           SCMP_SYS(newfstatat),
                           SCMP_SYS(munmap),
                           SCMP_SYS(mremap),
                           SCMP_SYS(madvise),
                           SCMP_SYS(brk),
                           SCMP_SYS(futex),
                           SCMP_SYS(set_robust_list),
                           SCMP_SYS(rseq),
                           SCMP_SYS(sched_yield),
                           SCMP_SYS(sched_getaffinity),
                           SCMP_SYS(clock_gettime),
                           SCMP_SYS(clock_nanosleep),
                           SCMP_SYS(nanosleep),
                           SCMP_SYS(restart_syscall),  // by the kernel, of a wait that a stop or freeze broke
                           SCMP_SYS(gettimeofday),
                           SCMP_SYS(getrandom),
                           SCMP_SYS(getpid),
                           SCMP_SYS(gettid),
                           SCMP_SYS(sysinfo),
                           SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigaction),
                           SCMP_SYS(rt_sigreturn),
                           SCMP_SYS(sigaltstack),
                           SCMP_SYS(exit),
                           SCMP_SYS(exit_group)});
  // No memory that can be run, no processes but threads, no prctl but a thread's name.
  ok = ok && AllowWhere(filter, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
  ok = ok && AllowWhere(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
  ok = ok && AllowWhere(filter, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
  ok = ok && AllowWhere(filter, SCMP_SYS(prctl), 0, ~scmp_datum_t{0}, PR_SET_NAME);
  // Its flags are out of a filter's sight; the C library then uses clone.
  ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  // The sanitizers' own: printing, waiting, probing an address through a pipe.
  ok = ok && Allow(filter, {SCMP_SYS(read), SCMP_SYS(ioctl), SCMP_SYS(write), SCMP_SYS(pipe), SCMP_SYS(pipe2),
                            SCMP_SYS(tgkill), SCMP_SYS(getrusage)});
#endif
#endif
  return ok && seccomp_load(filter) == 0;
}

}  // namespace vlr
