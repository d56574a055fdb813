#pragma once

#include "io/mail_transaction.hpp"
#include "io/resolver.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>

namespace io {

/// SMTP by libcurl: one mail, one recipient, one connection. The dialogue is watched to know the step that was reached.
///
/// libcurl waits for the reply to the final dot, and to QUIT, with the whole thread, also under its multi interface
/// (doc/decisions/0002). So each transaction has a thread of a pool to itself; names are resolved on the caller's loop.
class CurlMailTransaction final : public MailTransaction {
public:
    /// `threads`: transactions at a time. More wait for their turn.
    CurlMailTransaction(std::size_t threads, Resolver& resolver) : pool_(threads), resolver_(resolver) {}
    ~CurlMailTransaction() override { stop(); }

    asio::awaitable<MailResult> send(MailJob job) override;

    /// Cuts what is under way, within a second, and joins the threads.
    void stop();

private:
    asio::thread_pool pool_;
    Resolver& resolver_;
    std::atomic<bool> stopping_ = false;
};

} // namespace io
