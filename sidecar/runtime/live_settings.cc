#include "sidecar/runtime/live_settings.h"

#include <algorithm>
#include <array>
#include <set>

#include "sidecar/http/tls.h"
#include "sidecar/runtime/logging.h"

namespace vlr {
namespace {

constexpr std::array<const char*, 4> kLiveSections = {"server.tls.", "server.auth.", "server.cors.", "log."};

bool IsLive(const std::string& key) {
  return std::any_of(kLiveSections.begin(), kLiveSections.end(),
                     [&](const char* section) { return key.starts_with(section); });
}

// Keys that are given in one and not in the other, or otherwise.
std::set<std::string> Differences(const std::map<std::string, std::string>& a,
                                  const std::map<std::string, std::string>& b) {
  std::set<std::string> keys;
  for (const auto& [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    for (const auto& [key, value] : *from) {
      const auto other = to->find(key);
      if (other == to->end() || other->second != value) keys.insert(key);
    }
  }
  return keys;
}

}  // namespace

LiveSettings::LiveSettings(SettingsSource source, http::Server& server, const http::Router& router)
    : source_(std::move(source)), server_(server), gate_(std::make_shared<auth::AccessGate>(router)) {
  server_.SetGate([gate = gate_](const http::Request& request) { return gate->Admit(request); });
}

Result<void> LiveSettings::Apply(const Settings& settings, std::map<std::string, std::string> given) {
  const http::TlsOptions& tls = settings.server.tls;
  http::TlsIdentity identity;
  if (!tls.certificate_file.empty()) {
    auto loaded = http::LoadTls(tls);
    if (!loaded) return loaded.error();
    identity = std::move(*loaded);
  }
  server_.SetTls(identity.context);
  certificate_valid_until_ = identity.valid_until;
  gate_->SetKeys(settings.server.keys);
  server_.SetCors(http::Cors(settings.server.allowed_origins));
  log_ = settings.log;
  SetUpLogging(log_);
  if (given_.empty()) given_ = std::move(given);
  return {};
}

Result<std::vector<std::string>> LiveSettings::Reload() {
  std::map<std::string, std::string> given;
  const auto settings = LoadSettings(source_.file, ProcessEnvironment(), source_.overrides, &given);
  if (!settings) return settings.error();
  std::vector<std::string> waiting;
  for (const std::string& key : Differences(given_, given)) {
    if (!IsLive(key)) waiting.push_back(key);
  }
  if (const auto applied = Apply(*settings, {}); !applied) return applied.error();
  return waiting;
}

}  // namespace vlr
