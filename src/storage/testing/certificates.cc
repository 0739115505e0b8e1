#include "storage/testing/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace vlr::testing {
namespace {

void Check(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL could not make a certificate");
}

void AddExtension(X509* x509, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &X509_EXTENSION_free);
  Check(extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1);
}

// Signed by `issuer`, or by itself when there is none.
Certificate Make(const std::string& name, const Subject& subject, const Certificate* issuer) {
  static std::atomic<long> serial{1};
  Certificate out;
  out.key = std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  out.x509 = std::shared_ptr<X509>(X509_new(), &X509_free);
  Check(out.key != nullptr && out.x509 != nullptr);
  X509* x509 = out.x509.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x509), subject.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(x509), subject.valid_until_s);
  X509_set_pubkey(x509, out.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* issuer_x509 = issuer != nullptr ? issuer->x509.get() : x509;
  X509_set_issuer_name(x509, X509_get_subject_name(issuer_x509));
  if (issuer == nullptr) {
    AddExtension(x509, issuer_x509, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    AddExtension(x509, issuer_x509, NID_subject_alt_name, subject.alternative_names);
  }
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : out.key.get();
  Check(X509_sign(x509, signer, EVP_sha256()) > 0);
  return out;
}

}  // namespace

Authority::Authority() : own_(Make("Test authority", {}, nullptr)) {
  pem_file_ = std::filesystem::temp_directory_path() / "vlr-ca-XXXXXX";
  const int fd = ::mkstemp(pem_file_.data());
  Check(fd >= 0);
  std::FILE* file = ::fdopen(fd, "w");
  Check(PEM_write_X509(file, own_.x509.get()) == 1);
  std::fclose(file);
}

Authority::~Authority() {
  std::filesystem::remove(pem_file_);
}

Certificate Authority::Issue(const Subject& subject) const {
  return Make("server", subject, &own_);
}

}  // namespace vlr::testing
