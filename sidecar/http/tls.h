// The server's side of TLS: certificate, key, and whose certificates are asked for.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>

#include "base/error.h"
#include "sidecar/http/tls_options.h"

namespace vlr::http {

struct TlsIdentity {
  std::shared_ptr<boost::asio::ssl::context> context;
  std::chrono::system_clock::time_point valid_until;  // of the server's own certificate
};

// Reads the files. REQUIRES a certificate_file. Errors: "invalid_setting", the part names the setting.
Result<TlsIdentity> LoadTls(const TlsOptions& options);

}  // namespace vlr::http
