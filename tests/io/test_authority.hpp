#pragma once

#include "tests/io/certificates.hpp"
#include "tests/io/scripted_server.hpp"

#include <filesystem>
#include <string>

/// An authority of one test, its certificate in a folder of its own, and servers' certificates by it. The folder goes with it.
class TestAuthority {
public:
    static constexpr long day = 24 * 3'600;

    TestAuthority();
    ~TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    /// The file with the authority's certificate.
    [[nodiscard]] std::string file() const { return folder_ / "ca.pem"; }
    /// The file with another authority's.
    [[nodiscard]] std::string other_file() const { return folder_ / "other.pem"; }

    /// For a server with these subjectAltNames ("DNS:relay.test"), valid from a day ago until `ends` seconds from now.
    [[nodiscard]] scripted::TlsContext server(const std::string& names, long ends = day) const;
    /// For a server whose certificate is its own authority.
    [[nodiscard]] static scripted::TlsContext self_signed();

private:
    std::filesystem::path folder_;
    Certificate authority_ = make_authority("test authority");
};
