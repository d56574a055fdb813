#include "web/server_tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/verify_mode.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string_view>
#include <utility>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace web {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

struct NamesFree {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
struct CertificateFree {
    void operator()(X509* certificate) const { X509_free(certificate); }
};

void add(std::vector<std::string>& names, const ASN1_STRING* text) {
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, text);
    if (size < 0) return;
    const std::string name(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    const auto control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; };
    if (name.empty() || std::ranges::any_of(name, control) || std::ranges::find(names, name) != names.end()) return;
    names.push_back(name);
}

} // namespace

std::expected<std::shared_ptr<ssl::context>, std::string> server_context(const TlsFiles& files) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    const auto wrong = [](std::string_view what, const error_code& error) {
        ERR_clear_error();
        return std::unexpected(fmt::format("{}: {}", what, error.message()));
    };
    error_code error;
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    // No tickets and no cache: each connection shows its certificate, and one that expired is not let in by an old session.
    SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(context->native_handle(), 0);
    context->use_certificate_chain_file(files.certificate_file, error);
    if (error) return wrong("the certificate in " + files.certificate_file + " cannot be used", error);
    context->use_private_key(asio::buffer(files.key), ssl::context::pem, error);
    if (error) return wrong("the key does not belong to the certificate in " + files.certificate_file + ", or is no PEM key", error);
    context->load_verify_file(files.client_ca_file, error);
    if (error) return wrong("the certificate authority in " + files.client_ca_file + " cannot be used", error);
    if (auto* names = SSL_load_client_CA_file(files.client_ca_file.c_str()))
        SSL_CTX_set_client_CA_list(context->native_handle(), names);  // so that a client knows which of its certificates to show
    SSL_CTX_set_purpose(context->native_handle(), X509_PURPOSE_SSL_CLIENT);
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
    return context;
}

std::optional<std::chrono::sys_seconds> valid_until(ssl::context& context) {
    const auto* certificate = SSL_CTX_get0_certificate(context.native_handle());
    std::tm parts{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return std::nullopt;
    return std::chrono::sys_seconds{std::chrono::seconds{timegm(&parts)}};
}

std::vector<std::string> peer_names(SSL* ssl) {
    const std::unique_ptr<X509, CertificateFree> certificate(SSL_get1_peer_certificate(ssl));
    std::vector<std::string> names;
    if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return names;
    const auto* subject = X509_get_subject_name(certificate.get());
    if (const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); place >= 0)
        add(names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
    const std::unique_ptr<GENERAL_NAMES, NamesFree> others(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    for (int index = 0; others != nullptr && index < sk_GENERAL_NAME_num(others.get()); ++index) {
        const auto* other = sk_GENERAL_NAME_value(others.get(), index);
        if (other->type == GEN_DNS) add(names, other->d.dNSName);
        if (other->type == GEN_EMAIL) add(names, other->d.rfc822Name);
    }
    return names;
}

} // namespace web
