#include "sidecar/runtime/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "base/json.h"

namespace vlr {
namespace {

constexpr const char* kAccessLogger = "access";
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* kTimePattern = "%Y-%m-%dT%H:%M:%S.%eZ";

std::string JsonText(std::string_view text) {
  json::Writer out;
  out.String(text);
  return out.Take();
}

// {"time", "level", "message"}; the access logger's messages are members already.
class JsonFormatter : public spdlog::formatter {
 public:
  JsonFormatter() : time_(kTimePattern, spdlog::pattern_time_type::utc, "") {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    const std::string_view logger(message.logger_name.data(), message.logger_name.size());
    Append("{\"time\":\"", out);
    time_.format(message, out);
    const auto level = spdlog::level::to_string_view(message.level);
    Append("\",\"level\":\"" + std::string(level.data(), level.size()) + "\",", out);
    Append(logger == kAccessLogger ? std::string(text) : "\"message\":" + JsonText(text), out);
    Append("}\n", out);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

 private:
  static void Append(std::string_view text, spdlog::memory_buf_t& out) {
    out.append(text.data(), text.data() + text.size());
  }
  spdlog::pattern_formatter time_;
};

spdlog::logger& AccessLogger() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>(kAccessLogger, spdlog::default_logger()->sinks().front());
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

std::string AsText(const http::AccessRecord& record, const std::string& route, double ms, bool slow) {
  std::string text = slow ? "slow request" : "request";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += std::string(" ") + name + "=" + value;
  };
  add("id", record.request_id);
  add("traceparent", record.traceparent);
  add("key", record.caller);
  add("method", record.method);
  add("path", route);
  add("status", std::to_string(record.status));
  add("code", record.error_code);
  add("ms", fmt::format("{:.1f}", ms));
  if (slow) {
    for (const http::StageTime& stage : record.stages) {
      add((stage.stage + "_ms").c_str(), fmt::format("{:.1f}", stage.milliseconds));
    }
  }
  add("in", std::to_string(record.request_bytes));
  add("out", std::to_string(record.response_bytes));
  return text;
}

// The members of a JSON object, without its braces.
std::string AsMembers(const http::AccessRecord& record, const std::string& route, double ms, bool slow) {
  json::Writer out;
  out.BeginObject().Key("message").String(slow ? "slow request" : "request");
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.Key(name).String(value);
  };
  add("request_id", record.request_id);
  add("traceparent", record.traceparent);
  add("key", record.caller);
  add("method", record.method);
  add("path", route);
  out.Key("status").Integer(record.status);
  add("code", record.error_code);
  out.Key("ms").Double(ms);
  for (const http::StageTime& stage : record.stages) out.Key(stage.stage + "_ms").Double(stage.milliseconds);
  out.Key("request_bytes").Integer(static_cast<std::int64_t>(record.request_bytes));
  out.Key("response_bytes").Integer(static_cast<std::int64_t>(record.response_bytes));
  const std::string object = out.EndObject().Take();
  return object.substr(1, object.size() - 2);
}

}  // namespace

void SetUpLogging(const LogSettings& log) {
  static const bool once = [] {
    // Without colours: it is read by programs.
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stdout_sink_mt>()));
    spdlog::default_logger()->flush_on(spdlog::level::info);
    AccessLogger().flush_on(spdlog::level::info);
    return true;
  }();
  static_cast<void>(once);
  spdlog::set_level(spdlog::level::from_str(log.level == "warning" ? "warn" : log.level));
  if (log.format == "json") {
    spdlog::set_formatter(std::make_unique<JsonFormatter>());
  } else {
    spdlog::set_pattern(kTextPattern, spdlog::pattern_time_type::utc);
  }
}

bool IsSlow(const http::AccessRecord& record, const LogSettings& log) {
  return log.slow.count() > 0 && record.duration >= log.slow;
}

void LogAccess(const http::AccessRecord& record, const std::string& route, bool scoring,
               const LogSettings& log) {
  const bool slow = IsSlow(record, log);
  const auto level = record.status >= 500 || slow ? spdlog::level::warn
                     : scoring                    ? spdlog::level::info
                                                  : spdlog::level::debug;
  if (!spdlog::default_logger()->should_log(level)) return;
  const double ms = std::chrono::duration<double, std::milli>(record.duration).count();
  const bool as_json = log.format == "json";
  AccessLogger().log(level, as_json ? AsMembers(record, route, ms, slow) : AsText(record, route, ms, slow));
}

}  // namespace vlr
