#include "storage/http_status.h"

#include <string>

#include "storage/error_codes.h"

namespace vlr {

Error StatusError(unsigned status) {
  switch (status) {
    case 401:
    case 403:
      return {std::string(kMediaUnauthorized), "the server refused access, status " + std::to_string(status)};
    case 404:
    case 410:
      return {std::string(kMediaNotFound), "no such object, status " + std::to_string(status)};
    default:
      return {std::string(kMediaUnreachable), "the server answered with status " + std::to_string(status)};
  }
}

bool IsRedirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool IsTransient(unsigned status) {
  return status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace vlr
