#include <iostream>
#include <memory>
#include <string>

#include "base/json.h"
#include "sidecar/auth/api_key.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/report.h"

namespace vlr::commands {
namespace {

int HashKey(bool generate) {
  std::string key;
  if (generate) {
    const auto made = auth::MakeKey();
    if (!made) return Complain(made.error());
    key = *made;
  } else {
    std::getline(std::cin, key);
    if (key.size() < auth::kMinKeyLength || key.find_first_of(" \t\r") != std::string::npos) {
      return Complain({"invalid_request", "the key on standard input must have at least " +
                                              std::to_string(auth::kMinKeyLength) +
                                              " characters and no spaces; --generate makes one"});
    }
  }
  json::Writer out;
  out.BeginObject();
  if (generate) out.Key("key").String(key);
  out.Key("hash").String(auth::ToText(auth::HashOf(key))).EndObject();
  std::cout << out.Take() << "\n";
  return kExitOk;
}

}  // namespace

void AddHashKey(CLI::App& app, std::function<int()>* run) {
  auto generate = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "hash-key", "The hash of an API key (one line on standard input) for server.auth.keys");
  command->add_flag("--generate", *generate, "Makes a new key and prints it beside its hash");
  command->callback([=] { *run = [generate] { return HashKey(*generate); }; });
}

}  // namespace vlr::commands
