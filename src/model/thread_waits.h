// How the intra-op threads wait for each other.
#pragma once

namespace vlr {

// Makes waiting threads sleep instead of spin (OMP_WAIT_POLICY=passive). The OpenMP runtime reads the setting
// before main, so a program that lacks it is started anew, once, with the same arguments; call first thing in
// main, before any thread. A setting that is there is left alone, and if the program cannot be started anew
// it goes on as it is. Spinning steals the processor from the very thread that is waited for as soon as there
// are more runnable threads than cores, as in a server that decodes pictures while it computes: measured
// there, it costs up to ten times the time.
void SleepWhileWaiting(char** argv);

}  // namespace vlr
