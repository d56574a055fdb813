#include "io/tls_contexts.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace io {

namespace {

constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";

constexpr int most_certificates = 10;
constexpr std::size_t most_names = 100;

std::string text_of(const X509_NAME* name) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
}

/// DNS names and addresses of the subjectAltName.
std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> names;
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)), GENERAL_NAMES_free);
    for (int index = 0; all != nullptr && index < sk_GENERAL_NAME_num(all.get()) && names.size() < most_names; ++index) {
        const auto* name = sk_GENERAL_NAME_value(all.get(), index);
        const auto bytes = [](const ASN1_STRING* text) {
            return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
        };
        if (name->type == GEN_DNS) names.push_back(bytes(name->d.dNSName));
        if (name->type != GEN_IPADD) continue;
        const auto address = bytes(name->d.iPAddress);
        if (address.size() == 4) {
            asio::ip::address_v4::bytes_type four{};
            std::ranges::copy(address, four.begin());
            names.push_back(asio::ip::address_v4(four).to_string());
        } else if (address.size() == 16) {
            asio::ip::address_v6::bytes_type six{};
            std::ranges::copy(address, six.begin());
            names.push_back(asio::ip::address_v6(six).to_string());
        }
    }
    return names;
}

/// Where a connection keeps the first error of its verification.
int first_error_place() {
    static const int place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return place;
}

/// The first error is the cause, later ones follow from it.
int note_and_go_on(int good, X509_STORE_CTX* verification) {
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (good == 0 && SSL_get_ex_data(ssl, first_error_place()) == nullptr) {
        const std::intptr_t error = X509_STORE_CTX_get_error(verification);
        SSL_set_ex_data(ssl, first_error_place(),
                        reinterpret_cast<void*>(error));  // NOLINT(performance-no-int-to-ptr): a number, never followed
    }
    return 1;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

} // namespace

asio::ssl::context& TlsContexts::get(TlsOptions options) {
    options.server_name.clear();  // belongs to the connection, see set_peer
    const auto known = std::ranges::find(contexts_, options, &decltype(contexts_)::value_type::first);
    if (known != contexts_.end()) return *known->second;
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    if (options.verify) {
        context->load_verify_file(options.ca_file.empty() ? system_bundle : options.ca_file);
        context->set_verify_mode(asio::ssl::verify_peer);
    }
    if (!options.certificate_file.empty()) context->use_certificate_chain_file(options.certificate_file);
    if (!options.key_file.empty()) context->use_private_key_file(options.key_file, asio::ssl::context::pem);
    if (!options.key.empty()) context->use_private_key(asio::buffer(options.key), asio::ssl::context::pem);
    return *contexts_.emplace_back(options, std::move(context)).second;
}

void set_peer(SSL* ssl, const TlsOptions& options, const std::string& host) {
    const auto& name = options.server_name.empty() ? host : options.server_name;
    boost::system::error_code not_numeric;
    asio::ip::make_address(name, not_numeric);
    if (not_numeric) {
        SSL_set_tlsext_host_name(ssl, name.c_str());
        if (options.verify) SSL_set1_host(ssl, name.c_str());
    } else if (options.verify) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    }
    if (options.inspect && options.verify) SSL_set_verify(ssl, SSL_VERIFY_PEER, note_and_go_on);
}

TlsFacts facts_of(SSL* ssl, bool verify) {
    TlsFacts facts;
    facts.version = SSL_get_version(ssl);
    facts.verified = verify && SSL_get_verify_result(ssl) == X509_V_OK && SSL_get0_peer_certificate(ssl) != nullptr;
    const auto* chain = SSL_get_peer_cert_chain(ssl);
    for (int index = 0; chain != nullptr && index < sk_X509_num(chain); ++index) {
        const auto expiry = seconds_of(X509_get0_notAfter(sk_X509_value(chain, index)));
        if (expiry != 0 && (facts.not_after == 0 || expiry < facts.not_after)) facts.not_after = expiry;
    }
    return facts;
}

void inspect(SSL* ssl, const TlsOptions& options, const std::string& host, TlsFacts& facts) {
    const auto* chain = SSL_get_peer_cert_chain(ssl);
    for (int index = 0; chain != nullptr && index < std::min(sk_X509_num(chain), most_certificates); ++index) {
        auto* certificate = sk_X509_value(chain, index);
        facts.chain.push_back({.subject = text_of(X509_get_subject_name(certificate)),
                               .issuer = text_of(X509_get_issuer_name(certificate)),
                               .names = names_of(certificate),
                               .not_before = seconds_of(X509_get0_notBefore(certificate)),
                               .not_after = seconds_of(X509_get0_notAfter(certificate))});
    }
    const auto& name = options.server_name.empty() ? host : options.server_name;
    boost::system::error_code not_numeric;
    asio::ip::make_address(name, not_numeric);
    if (auto* own = SSL_get0_peer_certificate(ssl)) {
        facts.name_matches =
            not_numeric ? X509_check_host(own, name.c_str(), name.size(), 0, nullptr) == 1 : X509_check_ip_asc(own, name.c_str(), 0) == 1;
    }
    const auto first = reinterpret_cast<std::intptr_t>(SSL_get_ex_data(ssl, first_error_place()));
    const auto verdict = first != 0 ? static_cast<long>(first) : SSL_get_verify_result(ssl);
    if (!options.verify) facts.finding = "not asked for";
    else if (verdict != X509_V_OK) facts.finding = X509_verify_cert_error_string(verdict);
}

} // namespace io
