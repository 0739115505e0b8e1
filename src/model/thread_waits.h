// How the intra-op threads wait for each other.
#pragma once

namespace vlr {

// Makes a waiting thread spin for some tens of microseconds, then sleep (GOMP_SPINCOUNT). The OpenMP runtime
// reads the setting before main, so a program that lacks it is started anew, once, with the same arguments;
// call first thing in main, before any thread. A setting that is there (also OMP_WAIT_POLICY) is left alone;
// if the program cannot be started anew it goes on as it is. The runtime's own default spins for
// milliseconds, which steals the processor from the thread that is waited for whenever more threads are
// runnable than there are cores, as in a server that decodes pictures while it computes; sleeping at once
// costs a wake-up an operation.
void SpinBrieflyWhileWaiting(char** argv);

}  // namespace vlr
