#include "tests/io/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace {

template <auto Free> struct Freer {
    template <typename Value> void operator()(Value* value) const { Free(value); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL does not make the certificate");
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Bio reader(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void extend(X509* certificate, int nid, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
    check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

X509Pointer blank(EVP_PKEY* key, const std::string& name, long serial, long begins, long ends) {
    X509Pointer certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends);
    check(X509_set_pubkey(certificate.get(), key) == 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

Certificate written(X509* certificate, EVP_PKEY* key) {
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    const Bio key_text(BIO_new(BIO_s_mem()));
    check(PEM_write_bio_X509(certificate_text.get(), certificate) == 1);
    check(PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

} // namespace

Certificate make_authority(const std::string& name) {
    const Key key(EVP_EC_gen("P-256"));
    check(key != nullptr);
    const auto certificate = blank(key.get(), name, 1, -3'600, 3'600 * 24);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    return written(certificate.get(), key.get());
}

Certificate make_certificate(const Certificate& authority, const std::string& names, long begins, long ends) {
    const auto issuer_text = reader(authority.certificate);
    const auto issuer_key_text = reader(authority.key);
    const X509Pointer issuer(PEM_read_bio_X509(issuer_text.get(), nullptr, nullptr, nullptr));
    const Key issuer_key(PEM_read_bio_PrivateKey(issuer_key_text.get(), nullptr, nullptr, nullptr));
    const Key key(EVP_EC_gen("P-256"));
    check(issuer != nullptr && issuer_key != nullptr && key != nullptr);
    const auto certificate = blank(key.get(), "test server", 2, begins, ends);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
    extend(certificate.get(), NID_subject_alt_name, names);
    check(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0);
    return written(certificate.get(), key.get());
}
