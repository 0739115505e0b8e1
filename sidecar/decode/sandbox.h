// Takes away from the worker what decoding does not need.
#pragma once

namespace vlr {

// From here on, for this process and for good: no new privileges, and any system call that is not on a short
// list (memory, its socket, threads of its own, time) kills the process; open, socket and exec are not on it.
// False when the kernel refuses: then nothing may be decoded.
bool EnterSandbox();

}  // namespace vlr
