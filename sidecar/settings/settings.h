// Every setting of the program, with its default and unit. configs/sidecar.yaml lists the same keys with
// comments.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"
#include "rerank/media_preparer.h"
#include "rerank/request.h"
#include "rerank/scheduler.h"
#include "rerank/vision_cache.h"
#include "sidecar/auth/api_key.h"
#include "sidecar/http/tls_options.h"
#include "storage/options.h"

namespace vlr {

// A second listener for /health and /metrics, without TLS and keys.
struct OperationsSettings {
  std::string host;  // empty: there is none
  int port = 7861;
};

struct ServerSettings {
  std::string host = "127.0.0.1";
  int port = 7860;
  int max_connections = 1024;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_body_bytes = std::size_t{16} << 20;
  std::chrono::milliseconds header_timeout{
      10'000};  // from the first byte of a request to the end of its header
  std::chrono::milliseconds body_timeout{30'000};     // of a whole body
  std::chrono::milliseconds idle_timeout{75'000};     // of a connection between requests
  std::chrono::milliseconds write_timeout{30'000};    // of a whole answer
  std::chrono::milliseconds drain_timeout{30'000};    // after SIGTERM, for requests under way
  std::chrono::milliseconds default_timeout{60'000};  // of a request that names no timeout_ms
  std::chrono::milliseconds max_timeout{600'000};
  int max_documents = 1000;  // of one request
  int max_media = 1000;      // of one request, images, videos and single frames together
  int max_warming = 4096;    // media of /v1/warm that wait
  int cpu_threads = 0;       // for tokens, pixels and parsing; 0: one a core
  http::TlsOptions tls;
  std::vector<auth::ApiKey> keys;
  std::vector<std::string> allowed_origins;
  OperationsSettings operations;
};

struct ModelSettings {
  std::string path;
  std::string name;  // empty: the directory's last component
  std::string device = "cpu";
  std::string dtype = "float32";
  int threads = 0;
  std::int64_t gpu_memory_bytes = 0;                     // of each model on a GPU; 0: what it needs
  std::int64_t gpu_cache_bytes = std::int64_t{4} << 30;  // likewise, for features of media
  bool load_on_start = true;                             // this and every one of `models`
  bool load_on_demand = false;                           // by the first request that needs it
  bool check_values = false;                             // refuse a checkpoint that holds NaN or infinity
  // The reference script's constructor arguments.
  static constexpr PreparationOptions kReference{};
  int max_length = kReference.max_length;
  std::int64_t min_pixels = kReference.image.min_pixels;
  std::int64_t max_pixels = kReference.image.max_pixels;
  double total_pixels = kReference.total_pixels;
  double fps = kReference.fps;
  int max_frames = kReference.max_frames;
};

// A further model, known by its name.
struct NamedModelSettings {
  std::string name;  // empty: the directory's last component
  std::string path;
  std::string device = "cpu";
  std::string dtype = "float32";
};

struct MediaSettings {
  std::string decoder;  // path of vl-rerank-decode; empty: beside this program
  int workers = 2;
  MediaPreparerOptions preparer;
  DecodeLimits limits;
};

struct LogSettings {
  std::string level = "info";         // debug, info, warning, error
  std::string format = "text";        // or json
  std::chrono::milliseconds slow{0};  // requests that take longer are warned of; 0: none
};

struct Settings {
  ServerSettings server;
  ModelSettings model;
  std::vector<NamedModelSettings> models;
  SchedulerOptions scheduler;
  MediaSettings media;
  VisionCacheOptions vision_cache;
  StorageOptions storage;
  LogSettings log;
};

// The defaults, then the YAML file (when `file` is not empty), then VL_RERANK_<SECTION>__<KEY> of
// `environment`, then "key=value" of `overrides`; the last one wins. Values are read as YAML, so lists are
// "[a, b]". Errors: "invalid_setting" naming the key, with the nearest known key for an unknown one;
// "file_missing". `given` receives the text of every value that was not left at its default, by key.
Result<Settings> LoadSettings(const std::string& file, const std::map<std::string, std::string>& environment,
                              const std::vector<std::string>& overrides,
                              std::map<std::string, std::string>* given = nullptr);

// This process's environment.
std::map<std::string, std::string> ProcessEnvironment();

// Every key, in order ("server.host", …): what configs/sidecar.yaml must list.
std::vector<std::string> SettingKeys();

}  // namespace vlr
