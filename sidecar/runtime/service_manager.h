// What systemd is told (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names.
#pragma once

#include <chrono>
#include <string>

namespace vlr {

// Without a service manager every call does nothing. Thread safe.
class ServiceManager {
 public:
  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  static ServiceManager FromEnvironment();

  void Ready() const { Send("READY=1"); }
  void Reloading() const;
  void Stopping() const { Send("STOPPING=1"); }
  // Resets the watchdog.
  void Alive() const { Send("WATCHDOG=1"); }
  // After which silence this process is killed; 0: there is no watchdog.
  std::chrono::microseconds watchdog_interval() const { return watchdog_interval_; }

 private:
  void Send(const std::string& state) const;

  std::string socket_;  // path; "@" in front of an abstract one
  std::chrono::microseconds watchdog_interval_{0};
};

}  // namespace vlr
