#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "sidecar/api/service.h"
#include "sidecar/commands/commands.h"
#include "sidecar/commands/report.h"
#include "sidecar/http/server.h"
#include "sidecar/runtime/model_host.h"
#include "sidecar/runtime/runtime.h"
#include "sidecar/settings/settings.h"

namespace vlr::commands {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kDrainPoll{20};

struct ServeArguments {
  std::string config;
  std::vector<std::string> overrides;
};

void SetUpLogging(const LogSettings& log) {
  spdlog::set_level(spdlog::level::from_str(log.level == "warning" ? "warn" : log.level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

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

// Waits for SIGTERM or SIGINT, then lets requests under way finish. A second signal ends the wait.
asio::awaitable<void> StopOnSignal(asio::io_context& io, api::Service& service, http::Server& server,
                                   std::chrono::milliseconds drain_timeout) {
  asio::signal_set signals(io, SIGTERM, SIGINT);
  const int number = co_await signals.async_wait(asio::use_awaitable);
  spdlog::info("signal {}: draining", number);
  service.StartDraining();
  server.Drain();
  bool again = false;
  signals.async_wait([&again](boost::system::error_code error, int) { again = !error; });
  const auto deadline = std::chrono::steady_clock::now() + drain_timeout;
  asio::steady_timer timer(io);
  while (server.busy_connections() > 0 && !again && std::chrono::steady_clock::now() < deadline) {
    boost::system::error_code ignored;
    timer.expires_after(kDrainPoll);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  spdlog::info("stopped with {} requests unanswered", server.busy_connections());
  io.stop();
}

int Serve(const ServeArguments& arguments) {
  const auto settings = LoadSettings(arguments.config, ProcessEnvironment(), arguments.overrides);
  if (!settings) return Complain(settings.error());
  SetUpLogging(settings->log);
  ModelHost models;
  asio::io_context io(1);
  auto runtime = Runtime::Create(io, *settings);
  if (!runtime) return Complain(runtime.error());
  if (settings->model.load_on_start) {
    const auto options = ModelToLoad(*settings);
    if (!options) return Complain(options.error());
    spdlog::info("loading {} as {} on {}", options->directory, NameOf(options->dtype), options->device);
    if (const auto loaded = models.Load(*options); !loaded) return Complain(loaded.error());
  }
  api::Service service(**runtime, models, *settings);
  auto server =
      http::Server::Listen(io, OptionsFrom(settings->server), service.router(),
                           [&service](const http::AccessRecord& record) { service.OnAccess(record); });
  if (!server) return Complain(server.error());
  service.SetServer(server->get());
  asio::co_spawn(io, service.Probe(), asio::detached);
  asio::co_spawn(io, StopOnSignal(io, service, **server, settings->server.drain_timeout), asio::detached);
  spdlog::info("listening on {}:{}", settings->server.host, (*server)->port());
  io.run();
  // Requests that outlived the drain still refer to the parts below: end here rather than take those away
  // from them.
  if ((*server)->busy_connections() > 0) std::_Exit(kExitOk);
  return kExitOk;
}

}  // namespace

void AddServe(CLI::App& app, std::function<int()>* run) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand("serve", "The HTTP server");
  command->add_option("--config", arguments->config, "YAML file; configs/sidecar.yaml lists every key");
  command->add_option("--set", arguments->overrides, "key=value, over file and environment; may be repeated");
  command->callback([=] { *run = [arguments] { return Serve(*arguments); }; });
}

}  // namespace vlr::commands
