#include "storage/options.h"

#include <initializer_list>

namespace vlr {
namespace {

void FillFirst(std::string* value, std::initializer_list<const char*> names,
               const std::function<const char*(const char*)>& getenv) {
  for (const char* name : names) {
    if (!value->empty()) return;
    if (const char* found = getenv(name)) *value = found;
  }
}

}  // namespace

void FillFromEnvironment(S3Options* options, const std::function<const char*(const char*)>& getenv) {
  FillFirst(&options->endpoint, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, getenv);
  FillFirst(&options->region, {"AWS_REGION", "AWS_DEFAULT_REGION"}, getenv);
  // One set: a key of the settings never meets the session token of somebody's shell.
  if (!options->access_key_id.empty() || !options->secret_access_key.empty()) return;
  FillFirst(&options->access_key_id, {"AWS_ACCESS_KEY_ID"}, getenv);
  FillFirst(&options->secret_access_key, {"AWS_SECRET_ACCESS_KEY"}, getenv);
  FillFirst(&options->session_token, {"AWS_SESSION_TOKEN"}, getenv);
}

}  // namespace vlr
