// Certificates made on the spot, for tests of TLS.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace vlr::testing {

struct Certificate {
  std::shared_ptr<X509> x509;
  std::shared_ptr<EVP_PKEY> key;
};

struct Subject {
  std::string alternative_names = "DNS:good.test";  // as in openssl.cnf: "DNS:a,IP:127.0.0.1"
  long valid_from_s = -3600;                        // relative to now
  long valid_until_s = 3600;
};

// Its own certificate authority; `pem_file` is removed with it.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  Certificate Issue(const Subject& subject) const;
  const std::string& pem_file() const { return pem_file_; }

 private:
  Certificate own_;
  std::string pem_file_;
};

}  // namespace vlr::testing
