#include "sidecar/settings/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "base/file.h"
#include "sidecar/settings/bindings.h"

extern char** environ;

namespace vlr {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr const char* kEnvironmentPrefix = "VL_RERANK_";

std::size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substituted}));
    }
  }
  return row.back();
}

class Loader {
 public:
  explicit Loader(Settings* settings) : bindings_(Bind(settings)) {}

  Result<void> Set(const std::string& key, const YAML::Node& value, const std::string& source) {
    const auto binding =
        std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& b) { return b.key == key; });
    if (binding == bindings_.end()) return Unknown(key, source);
    const auto set = binding->set(value);
    if (!set) return Error{"invalid_setting", source + ": " + key + " " + set.error().message, key};
    given_[key] = YAML::Dump(value);
    return {};
  }

  // Walks a YAML mapping down to the keys of the table.
  Result<void> SetTree(const std::string& prefix, const YAML::Node& node, const std::string& source) {
    for (const auto& member : node) {
      const std::string key = prefix + member.first.Scalar();
      const std::string inside = key + ".";
      const bool section = std::any_of(bindings_.begin(), bindings_.end(),
                                       [&](const Binding& b) { return b.key.starts_with(inside); });
      if (section && member.second.IsNull()) continue;
      if (section && !member.second.IsMap()) {
        return Error{"invalid_setting", source + ": " + key + " must be a mapping of settings", key};
      }
      const auto set = section ? SetTree(inside, member.second, source) : Set(key, member.second, source);
      if (!set) return set.error();
    }
    return {};
  }

  Result<void> SetText(const std::string& key, const std::string& text, const std::string& source) {
    try {
      return Set(key, YAML::Load(text), source);
    } catch (const YAML::Exception&) {
      return Error{"invalid_setting", source + ": the value of " + key + " is not YAML", key};
    }
  }

  const std::map<std::string, std::string>& given() const { return given_; }

 private:
  Error Unknown(const std::string& key, const std::string& source) const {
    const auto nearest =
        std::min_element(bindings_.begin(), bindings_.end(), [&](const Binding& a, const Binding& b) {
          return EditDistance(a.key, key) < EditDistance(b.key, key);
        });
    return {"invalid_setting", source + ": unknown setting " + key + "; did you mean " + nearest->key + "?",
            key};
  }

  std::vector<Binding> bindings_;
  std::map<std::string, std::string> given_;
};

// What no single key can tell.
Result<void> CheckTogether(const Settings& settings) {
  const auto wrong = [](const char* key, const std::string& what) {
    return Error{"invalid_setting", std::string(key) + " " + what, key};
  };
  if (settings.model.min_pixels > settings.model.max_pixels) {
    return wrong("model.min_pixels", "is larger than model.max_pixels");
  }
  const http::TlsOptions& tls = settings.server.tls;
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return wrong("server.tls.key_file", "and server.tls.certificate_file go together");
  }
  if (tls.certificate_file.empty() && !tls.client_ca_file.empty()) {
    return wrong("server.tls.client_ca_file", "needs server.tls.certificate_file");
  }
  return {};
}

// VL_RERANK_STORAGE__S3__ENDPOINT is storage.s3.endpoint; names without a double underscore are no settings.
std::string KeyOfVariable(std::string name) {
  name.erase(0, std::string(kEnvironmentPrefix).size());
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.compare(i, 2, "__") == 0) {
      key += '.';
      ++i;
    } else {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
  }
  return key;
}

}  // namespace

Result<Settings> LoadSettings(const std::string& file, const std::map<std::string, std::string>& environment,
                              const std::vector<std::string>& overrides,
                              std::map<std::string, std::string>* given) {
  Settings settings;
  Loader loader(&settings);
  if (!file.empty()) {
    const auto text = ReadFile(file, kMaxFileBytes);
    if (!text) return text.error();
    try {
      const YAML::Node root = YAML::Load(*text);
      if (!root.IsNull() && !root.IsMap()) {
        return Error{"invalid_setting", file + ": must be a mapping of settings", file};
      }
      if (const auto set = loader.SetTree("", root, file); !set) return set.error();
    } catch (const YAML::Exception& failure) {
      return Error{"invalid_setting", file + ": " + failure.what(), file};
    }
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kEnvironmentPrefix) || name.find("__") == std::string::npos) continue;
    if (const auto set = loader.SetText(KeyOfVariable(name), value, name); !set) return set.error();
  }
  for (const std::string& entry : overrides) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos)
      return Error{"invalid_setting", "--set " + entry + ": must be key=value", entry};
    const auto set = loader.SetText(entry.substr(0, equals), entry.substr(equals + 1), "--set");
    if (!set) return set.error();
  }
  if (const auto fits = CheckTogether(settings); !fits) return fits.error();
  if (given != nullptr) *given = loader.given();
  return settings;
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::vector<std::string> SettingKeys() {
  Settings settings;
  std::vector<std::string> keys;
  for (const Binding& binding : Bind(&settings)) keys.push_back(binding.key);
  return keys;
}

}  // namespace vlr
