#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "sidecar/api/service.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/report.h"
#include "sidecar/http/server.h"
#include "sidecar/runtime/live_settings.h"
#include "sidecar/runtime/logging.h"
#include "sidecar/runtime/model_host.h"
#include "sidecar/runtime/runtime.h"
#include "sidecar/runtime/service_manager.h"
#include "sidecar/settings/settings.h"

namespace vlr::commands {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kDrainPoll{20};
constexpr double kGigabyte = 1e9;

struct ServeArguments {
  std::string config;
  std::vector<std::string> overrides;
};

http::ServerOptions OptionsFrom(const ServerSettings& server) {
  http::ServerOptions options;
  options.host = server.host;
  options.port = server.port;
  options.max_connections = server.max_connections;
  options.max_header_bytes = server.max_header_bytes;
  options.max_body_bytes = server.max_body_bytes;
  options.header_timeout = server.header_timeout;
  options.body_timeout = server.body_timeout;
  options.idle_timeout = server.idle_timeout;
  options.write_timeout = server.write_timeout;
  return options;
}

// Reads the settings again on each SIGHUP. What is wrong in them changes nothing.
asio::awaitable<void> ReloadOnSignal(asio::signal_set& signals, LiveSettings& live, api::Service& service,
                                     const ServiceManager& manager) {
  while (true) {
    co_await signals.async_wait(asio::use_awaitable);
    manager.Reloading();
    const Result<std::vector<std::string>> waiting = live.Reload();
    service.OnReload(waiting.has_value());
    manager.Ready();
    if (!waiting) {
      spdlog::error("reload refused, nothing changed: {}", waiting.error().message);
      continue;
    }
    for (const std::string& key : *waiting)
      spdlog::warn("{} has changed and takes effect after a restart", key);
    spdlog::info("settings reloaded");
  }
}

// Tells the service manager that this thread runs and the model answers, for as long as both are so.
asio::awaitable<void> FeedWatchdog(asio::io_context& io, const api::Service& service,
                                   const ServiceManager& manager) {
  constexpr int kPingsPerInterval = 3;
  asio::steady_timer timer(io);
  while (true) {
    if (service.AnsweredWithin(manager.watchdog_interval())) manager.Alive();
    timer.expires_after(manager.watchdog_interval() / kPingsPerInterval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Waits for SIGTERM or SIGINT, then lets requests under way finish. A second signal ends the wait.
asio::awaitable<void> StopOnSignal(asio::io_context& io, api::Service& service, http::Server& server,
                                   const ServiceManager& manager, std::chrono::milliseconds drain_timeout) {
  asio::signal_set signals(io, SIGTERM, SIGINT);
  const int number = co_await signals.async_wait(asio::use_awaitable);
  spdlog::info("signal {}: draining", number);
  manager.Stopping();
  service.StartDraining();
  server.Drain();
  bool again = false;
  signals.async_wait([&again](boost::system::error_code error, int) { again = !error; });
  const auto deadline = std::chrono::steady_clock::now() + drain_timeout;
  asio::steady_timer timer(io);
  const auto busy = [&] { return server.busy_connections() > 0 || service.warming() > 0; };
  while (busy() && !again && std::chrono::steady_clock::now() < deadline) {
    boost::system::error_code ignored;
    timer.expires_after(kDrainPoll);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  spdlog::info("stopped with {} requests unanswered", server.busy_connections());
  io.stop();
}

// The second listener, where one is set; else null.
Result<std::unique_ptr<http::Server>> ListenForOperations(asio::io_context& io, const ServerSettings& server,
                                                          api::Service& service) {
  if (server.operations.host.empty()) return std::unique_ptr<http::Server>();
  http::ServerOptions options = OptionsFrom(server);
  options.host = server.operations.host;
  options.port = server.operations.port;
  options.section = "server.operations";
  auto listening =
      http::Server::Listen(io, options, service.operations_router(), [](const http::AccessRecord&) {});
  if (listening) spdlog::info("operations on {}:{}", options.host, (*listening)->port());
  return listening;
}

Result<void> LoadModels(const Settings& settings, const Runtime& runtime, ModelHost& models) {
  const auto configured = ConfiguredModels(settings, runtime);
  if (!configured) return configured.error();
  for (const LoadedModelOptions& options : *configured) models.Add(options);
  if (!settings.model.load_on_start) return {};
  if (configured->empty()) return Error{"invalid_setting", "model.path is not set", "model.path"};
  for (const LoadedModelOptions& options : *configured) {
    spdlog::info("loading {} as {} on {}", options.directory, NameOf(options.dtype), options.device);
    if (const auto loaded = models.Load(options); !loaded) return loaded.error();
  }
  return {};
}

int Serve(const ServeArguments& arguments) {
  std::map<std::string, std::string> given;
  const auto settings = LoadSettings(arguments.config, ProcessEnvironment(), arguments.overrides, &given);
  if (!settings) return Complain(settings.error());
  SetUpLogging(settings->log);
  asio::io_context io(1);
  asio::signal_set reload_signal(io, SIGHUP);  // from now on it does not end the process
  auto runtime = Runtime::Create(io, *settings);
  if (!runtime) return Complain(runtime.error());
  ModelHost models(settings->model.load_on_demand);
  if (const auto loaded = LoadModels(*settings, **runtime, models); !loaded) return Complain(loaded.error());
  api::Service service(**runtime, models, *settings);
  auto server =
      http::Server::Listen(io, OptionsFrom(settings->server), service.router(),
                           [&service](const http::AccessRecord& record) { service.OnAccess(record); });
  if (!server) return Complain(server.error());
  LiveSettings live({arguments.config, arguments.overrides}, **server, service.router());
  service.SetServer(server->get(), &live);
  if (const auto applied = live.Apply(*settings, std::move(given)); !applied)
    return Complain(applied.error());
  const auto operations = ListenForOperations(io, settings->server, service);
  if (!operations) return Complain(operations.error());
  asio::co_spawn(io, service.Probe(), asio::detached);
  const auto manager = ServiceManager::FromEnvironment();
  asio::co_spawn(io, ReloadOnSignal(reload_signal, live, service, manager), asio::detached);
  asio::co_spawn(io, StopOnSignal(io, service, **server, manager, settings->server.drain_timeout),
                 asio::detached);
  if (manager.watchdog_interval().count() > 0)
    asio::co_spawn(io, FeedWatchdog(io, service, manager), asio::detached);
  manager.Ready();
  spdlog::info("listening on {}:{}", settings->server.host, (*server)->port());
  io.run();
  // Requests that outlived the drain still refer to the parts below: end here rather than take those away
  // from them.
  if ((*server)->busy_connections() > 0 || service.warming() > 0) std::_Exit(kExitOk);
  return kExitOk;
}

}  // namespace

void AddServe(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand("serve", "The HTTP server");
  command->add_option("--config", arguments->config, "YAML file; configs/sidecar.yaml lists every key");
  command->add_option("--set", arguments->overrides, "key=value, over file and environment; may be repeated");
  command
      ->add_option_function<double>(
          "--low-vram",
          [arguments](double gigabytes) {
            arguments->overrides.push_back("model.gpu_memory_bytes=" +
                                           std::to_string(static_cast<std::int64_t>(gigabytes * kGigabyte)));
          },
          "Gigabytes of the GPU's memory that a model may take: the same as setting model.gpu_memory_bytes")
      ->check(CLI::Range(1.0, 1000.0));
  command->callback([=] { *run = [arguments] { return Serve(*arguments); }; });
}

}  // namespace vlr::commands
