#pragma once

#include "io/curl_multi.hpp"
#include "io/mail_transaction.hpp"
#include "io/resolver.hpp"

namespace io {

/// SMTP by libcurl: one mail, one recipient, one connection. The dialogue is watched to know the step that was reached.
class CurlMailTransaction final : public MailTransaction {
public:
    CurlMailTransaction(asio::any_io_executor executor, Clock& clock, Resolver& resolver) : multi_(std::move(executor), clock), clock_(clock), resolver_(resolver) {}

    asio::awaitable<MailResult> send(MailJob job) override;

private:
    CurlMulti multi_;
    Clock& clock_;
    Resolver& resolver_;
};

} // namespace io
