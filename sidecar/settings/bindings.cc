#include "sidecar/settings/bindings.h"

#include "sidecar/settings/key_setter.h"
#include "sidecar/settings/setters.h"

namespace vlr {
namespace {

void BindServer(ServerSettings* s, std::vector<Binding>* out) {
  out->insert(out->end(),
              {{"server.host", SetString(&s->host)},
               {"server.port", SetNumber(&s->port, 0, 65535)},
               {"server.max_connections", SetNumber(&s->max_connections, 1, 1'000'000)},
               {"server.max_header_bytes", SetNumber(&s->max_header_bytes, 1024, 1 << 20)},
               {"server.max_body_bytes", SetNumber(&s->max_body_bytes, 1024, std::size_t{1} << 32)},
               {"server.header_timeout_ms", SetDuration(&s->header_timeout, 1)},
               {"server.body_timeout_ms", SetDuration(&s->body_timeout, 1)},
               {"server.idle_timeout_ms", SetDuration(&s->idle_timeout, 1)},
               {"server.write_timeout_ms", SetDuration(&s->write_timeout, 1)},
               {"server.drain_timeout_ms", SetDuration(&s->drain_timeout, 0)},
               {"server.default_timeout_ms", SetDuration(&s->default_timeout, 1)},
               {"server.max_timeout_ms", SetDuration(&s->max_timeout, 1)},
               {"server.max_documents", SetNumber(&s->max_documents, 1, 1'000'000)},
               {"server.max_media", SetNumber(&s->max_media, 0, 1'000'000)},
               {"server.max_warming", SetNumber(&s->max_warming, 0, 1'000'000)},
               {"server.cpu_threads", SetNumber(&s->cpu_threads, 0, 1024)},
               {"server.tls.certificate_file", SetString(&s->tls.certificate_file)},
               {"server.tls.key_file", SetString(&s->tls.key_file)},
               {"server.tls.client_ca_file", SetString(&s->tls.client_ca_file)},
               {"server.tls.min_version", SetChoice(&s->tls.min_version, {"1.2", "1.3"})},
               {"server.auth.keys", SetKeys(&s->keys)},
               {"server.cors.allowed_origins", SetStrings(&s->allowed_origins)},
               {"server.operations.host", SetString(&s->operations.host)},
               {"server.operations.port", SetNumber(&s->operations.port, 0, 65535)}});
}

void BindModel(ModelSettings* s, std::vector<Binding>* out) {
  out->insert(out->end(), {{"model.path", SetString(&s->path)},
                           {"model.name", SetString(&s->name)},
                           {"model.device", SetString(&s->device)},
                           {"model.dtype", SetChoice(&s->dtype, DTypeNames())},
                           {"model.threads", SetNumber(&s->threads, 0, 1024)},
                           {"model.gpu_memory_bytes", SetNumber(&s->gpu_memory_bytes, 0)},
                           {"vision_cache.gpu_bytes", SetNumber(&s->gpu_cache_bytes, 0)},
                           {"model.load_on_start", SetBool(&s->load_on_start)},
                           {"model.load_on_demand", SetBool(&s->load_on_demand)},
                           {"model.check_values", SetBool(&s->check_values)},
                           {"model.max_length", SetNumber(&s->max_length, 1, 1 << 20)},
                           {"model.min_pixels", SetNumber(&s->min_pixels, 1, 1e9)},
                           {"model.max_pixels", SetNumber(&s->max_pixels, 1, 1e9)},
                           {"model.total_pixels", SetNumber(&s->total_pixels, 1, 1e12)},
                           {"model.fps", SetNumber(&s->fps, 0.001, 1000)},
                           {"model.max_frames", SetNumber(&s->max_frames, 1, 100'000)}});
}

// A list of mappings with the keys name, path, device, dtype.
Setter SetModels(std::vector<NamedModelSettings>* out) {
  return [out](const YAML::Node& node) -> Result<void> {
    std::vector<NamedModelSettings> models;
    if (!node.IsSequence() && !node.IsNull()) return Expected("a list of models");
    for (const YAML::Node& element : node) {
      if (!element.IsMap()) return Expected("a list of models, each with a path");
      NamedModelSettings model;
      const std::map<std::string, Setter> keys = {
          {"name", SetString(&model.name)},
          {"path", SetString(&model.path)},
          {"device", SetString(&model.device)},
          {"dtype", SetChoice(&model.dtype, {"float32", "bfloat16"})}};
      for (const auto& member : element) {
        const auto key = keys.find(member.first.Scalar());
        if (key == keys.end()) return Expected("a list of models with name, path, device and dtype alone");
        if (const auto set = key->second(member.second); !set) return set.error();
      }
      if (model.path.empty()) return Expected("a list of models, each with a path");
      models.push_back(std::move(model));
    }
    *out = std::move(models);
    return {};
  };
}

void BindScheduler(SchedulerOptions* s, std::vector<Binding>* out) {
  out->insert(out->end(), {{"scheduler.batch_tokens", SetNumber(&s->batch_tokens, 1)},
                           {"scheduler.batch_ms", SetDuration(&s->batch_time, 0)},
                           {"scheduler.max_queued_tokens", SetNumber(&s->max_queued_tokens, 1)},
                           {"scheduler.max_queued_requests", SetNumber(&s->max_queued_requests, 1)}});
}

void BindMedia(MediaSettings* s, std::vector<Binding>* out) {
  DecodeLimits* limits = &s->limits;
  out->insert(out->end(), {{"media.decoder", SetString(&s->decoder)},
                           {"media.workers", SetNumber(&s->workers, 1, 256)},
                           {"media.max_bytes", SetNumber(&s->preparer.max_media_bytes, 1)},
                           {"media.max_in_flight", SetNumber(&s->preparer.max_in_flight, 1, 100'000)},
                           {"media.max_image_bytes", SetNumber(&limits->max_image_bytes, 1)},
                           {"media.max_video_bytes", SetNumber(&limits->max_video_bytes, 1)},
                           {"media.max_image_pixels", SetNumber(&limits->max_image_pixels, 1)},
                           {"media.max_frame_pixels", SetNumber(&limits->max_frame_pixels, 1)},
                           {"media.max_video_frames", SetNumber(&limits->max_video_frames, 1)},
                           {"media.max_video_packets", SetNumber(&limits->max_video_packets, 1)},
                           {"media.max_sampled_frames", SetNumber(&limits->max_sampled_frames, 2, 100'000)},
                           {"media.max_output_bytes", SetNumber(&limits->max_output_bytes, 1)},
                           {"media.max_cpu_s", SetDuration(&limits->max_cpu, 1, 86'400)},
                           {"media.max_memory_bytes", SetNumber(&limits->max_memory_bytes, 1 << 20)}});
}

void BindVisionCache(VisionCacheOptions* s, std::vector<Binding>* out) {
  out->insert(out->end(), {{"vision_cache.memory_bytes", SetNumber(&s->memory_bytes, 0)},
                           {"vision_cache.disk_path", SetString(&s->disk_path)},
                           {"vision_cache.disk_bytes", SetNumber(&s->disk_bytes, 0)}});
}

void BindStorage(StorageOptions* s, std::vector<Binding>* out) {
  out->insert(out->end(),
              {{"storage.s3.endpoint", SetString(&s->s3.endpoint)},
               {"storage.s3.region", SetString(&s->s3.region)},
               {"storage.s3.path_style", SetOptionalBool(&s->s3.path_style)},
               {"storage.s3.access_key_id", SetString(&s->s3.access_key_id)},
               {"storage.s3.secret_access_key", SetString(&s->s3.secret_access_key)},
               {"storage.s3.session_token", SetString(&s->s3.session_token)},
               {"storage.s3.use_environment", SetBool(&s->s3.use_environment)},
               {"storage.s3.allowed_buckets", SetStrings(&s->s3.allowed_buckets)},
               {"storage.allow_http", SetBool(&s->allow_http)},
               {"storage.allow_https", SetBool(&s->allow_https)},
               {"storage.allow_data", SetBool(&s->allow_data)},
               {"storage.file_roots", SetStrings(&s->file_roots)},
               {"storage.media_root", SetString(&s->media_root)},
               {"storage.allow_hosts", SetStrings(&s->allow_hosts)},
               {"storage.allow_networks", SetStrings(&s->allow_networks)},
               {"storage.max_bytes", SetNumber(&s->max_bytes, 1)},
               {"storage.max_header_bytes", SetNumber(&s->max_header_bytes, 1024, 1 << 20)},
               {"storage.connect_timeout_ms", SetDuration(&s->connect_timeout, 1)},
               {"storage.total_timeout_ms", SetDuration(&s->total_timeout, 1)},
               {"storage.max_redirects", SetNumber(&s->max_redirects, 0, 100)},
               {"storage.max_retries", SetNumber(&s->max_retries, 0, 100)},
               {"storage.retry_backoff_ms", SetDuration(&s->retry_backoff, 0)},
               {"storage.max_connections_per_host", SetNumber(&s->max_connections_per_host, 1, 65'536)},
               {"storage.max_idle_connections", SetNumber(&s->max_idle_connections, 0, 65'536)},
               {"storage.idle_timeout_ms", SetDuration(&s->idle_timeout, 1)},
               {"storage.cache_bytes", SetNumber(&s->cache_bytes, 0)},
               {"storage.cache_ttl_ms", SetDuration(&s->cache_ttl, 0)},
               {"storage.tls_ca_file", SetString(&s->tls_ca_file)},
               {"storage.blocking_threads", SetNumber(&s->blocking_threads, 1, 1024)}});
}

void BindLog(LogSettings* s, std::vector<Binding>* out) {
  out->insert(out->end(), {{"log.level", SetChoice(&s->level, {"debug", "info", "warning", "error"})},
                           {"log.format", SetChoice(&s->format, {"text", "json"})},
                           {"log.slow_ms", SetDuration(&s->slow, 0)}});
}

}  // namespace

std::vector<Binding> Bind(Settings* settings) {
  std::vector<Binding> bindings;
  BindServer(&settings->server, &bindings);
  BindModel(&settings->model, &bindings);
  bindings.push_back({"models", SetModels(&settings->models)});
  BindScheduler(&settings->scheduler, &bindings);
  BindMedia(&settings->media, &bindings);
  BindVisionCache(&settings->vision_cache, &bindings);
  BindStorage(&settings->storage, &bindings);
  BindLog(&settings->log, &bindings);
  return bindings;
}

}  // namespace vlr
