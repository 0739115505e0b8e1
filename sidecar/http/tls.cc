#include "sidecar/http/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

namespace vlr::http {

namespace ssl = boost::asio::ssl;

namespace {

// Sessions are resumed only where the same certificates were asked for.
constexpr unsigned char kSessionContext[] = "vl-rerank";

vlr::Error Wrong(const std::string& setting, const std::string& what) {
  return {"invalid_setting", setting + ": " + what, setting};
}

std::chrono::system_clock::time_point Expiry(const X509* certificate) {
  std::tm utc{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&utc));
}

}  // namespace

Result<TlsIdentity> LoadTls(const TlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, options.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof kSessionContext - 1);
  boost::system::error_code error;
  // A key with a passphrase is refused; without this OpenSSL would ask the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); },
                                 error);
  context->use_certificate_chain_file(options.certificate_file, error);
  if (error) return Wrong("server.tls.certificate_file", "no PEM certificate can be read from it");
  context->use_private_key_file(options.key_file, ssl::context::pem, error);
  // OpenSSL compares the two here as well.
  if (error || SSL_CTX_check_private_key(raw) != 1) {
    return Wrong("server.tls.key_file", "no PEM key that fits the certificate can be read from it");
  }
  if (!options.client_ca_file.empty()) {
    context->load_verify_file(options.client_ca_file, error);
    if (error) return Wrong("server.tls.client_ca_file", "no PEM certificates can be read from it");
    SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(options.client_ca_file.c_str()));
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  }
  return TlsIdentity{std::move(context), Expiry(SSL_CTX_get0_certificate(raw))};
}

}  // namespace vlr::http
