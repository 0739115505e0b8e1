// Which files TLS is made from.
#pragma once

#include <string>

namespace vlr::http {

struct TlsOptions {
  std::string certificate_file;     // PEM, the server's own first, then its chain; empty: no TLS
  std::string key_file;             // PEM, without a passphrase
  std::string client_ca_file;       // PEM; set: only clients with a certificate of these authorities (mTLS)
  std::string min_version = "1.2";  // or "1.3"
};

}  // namespace vlr::http
