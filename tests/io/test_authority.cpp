#include "tests/io/test_authority.hpp"

#include "io/system_random.hpp"

#include <fstream>
#include <memory>

namespace {

namespace ssl = boost::asio::ssl;

scripted::TlsContext context_of(const Certificate& certificate) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    context->use_certificate_chain(boost::asio::buffer(certificate.certificate));
    context->use_private_key(boost::asio::buffer(certificate.key), ssl::context::pem);
    return context;
}

} // namespace

TestAuthority::TestAuthority()
    : folder_(std::filesystem::temp_directory_path() / ("hinomi_authority_" + std::to_string(io::SystemRandom().next()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(file()) << authority_.certificate;
    std::ofstream(other_file()) << make_authority("another authority").certificate;
}

TestAuthority::~TestAuthority() { std::filesystem::remove_all(folder_); }

scripted::TlsContext TestAuthority::server(const std::string& names, long ends) const {
    return context_of(make_certificate(authority_, names, -day, ends));
}

scripted::TlsContext TestAuthority::self_signed() { return context_of(make_authority("self")); }
