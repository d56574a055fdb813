#include "io/tls_contexts.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace io {

namespace {

constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";

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

} // namespace io
