// The settings that take effect without a restart: TLS files, keys and their limits, origins, log level.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "sidecar/auth/access_gate.h"
#include "sidecar/http/server.h"
#include "sidecar/settings/settings.h"

namespace vlr {

// Where the settings came from, so that they can be read again.
struct SettingsSource {
  std::string file;
  std::vector<std::string> overrides;
};

// On the socket thread.
class LiveSettings {
 public:
  // Both must outlive this.
  LiveSettings(SettingsSource source, http::Server& server, const http::Router& router);

  // Everything that `settings` says, or nothing of it. Errors: "invalid_setting".
  Result<void> Apply(const Settings& settings, std::map<std::string, std::string> given);
  // Reads the source again and applies it. -> the keys that changed but need a restart
  Result<std::vector<std::string>> Reload();
  // When the server's certificate ends; 1970 without TLS.
  std::chrono::system_clock::time_point certificate_valid_until() const { return certificate_valid_until_; }
  const LogSettings& log() const { return log_; }

 private:
  SettingsSource source_;
  http::Server& server_;
  std::shared_ptr<auth::AccessGate> gate_;
  std::map<std::string, std::string> given_;  // what the process was started with, where a restart is needed
  std::chrono::system_clock::time_point certificate_valid_until_{};
  LogSettings log_;
};

}  // namespace vlr
