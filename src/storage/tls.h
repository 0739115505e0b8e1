// TLS as every connection uses it: 1.2 or newer, the server's certificate verified against its host name.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/error.h"

namespace vlr {

// `ca_file` (PEM, may be empty) is trusted in addition to the system's authorities.
// Errors: "invalid_config", part "storage.tls_ca_file".
Result<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(const std::string& ca_file);

// Sets the name (or IP address) that the certificate must be for, and SNI. False when OpenSSL refuses it.
bool ExpectTlsHost(SSL* ssl, const std::string& host);

}  // namespace vlr
