#include "io/send_lane.hpp"

#include "io/ares_resolver.hpp"
#include "io/boot_clock.hpp"
#include "io/curl_http_client.hpp"
#include "io/curl_mail_transaction.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pthread.h>

#include <thread>

namespace io {

namespace {

class LaneMail final : public MailTransaction {
public:
    LaneMail(asio::any_io_executor lane, MailTransaction& inner) : lane_(std::move(lane)), inner_(inner) {}
    asio::awaitable<MailResult> send(MailJob job) override {
        auto running = on_lane(inner_, std::move(job));
        co_return co_await asio::co_spawn(lane_, std::move(running), asio::use_awaitable);
    }

private:
    static asio::awaitable<MailResult> on_lane(MailTransaction& inner, MailJob job) { co_return co_await inner.send(std::move(job)); }
    asio::any_io_executor lane_;
    MailTransaction& inner_;
};

class LaneHttp final : public HttpClient {
public:
    LaneHttp(asio::any_io_executor lane, HttpClient& inner) : lane_(std::move(lane)), inner_(inner) {}
    asio::awaitable<HttpResponse> request(HttpRequest request) override {
        auto running = on_lane(inner_, std::move(request));
        co_return co_await asio::co_spawn(lane_, std::move(running), asio::use_awaitable);
    }

private:
    static asio::awaitable<HttpResponse> on_lane(HttpClient& inner, HttpRequest request) {
        co_return co_await inner.request(std::move(request));
    }
    asio::any_io_executor lane_;
    HttpClient& inner_;
};

} // namespace

/// Members are made before the thread starts and destroyed after it ended.
class SendLane::Lane {
public:
    explicit Lane(std::size_t mail_threads) : mail(mail_threads, resolver), thread([this] { context.run(); }) {
        pthread_setname_np(thread.native_handle(), "send lane");
    }
    ~Lane() { stop(); }

    void stop() {
        mail.stop();
        context.stop();
        if (thread.joinable()) thread.join();
        clock.clear();
        context.restart();
        context.poll();  // lets what was cut unwind while everything it refers to still stands
    }

    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    BootClock clock{context.get_executor()};
    AresResolver resolver{context.get_executor(), clock};
    CurlMailTransaction mail;
    CurlHttpClient http{context.get_executor(), clock, resolver};
    LaneMail lane_mail{context.get_executor(), mail};
    LaneHttp lane_http{context.get_executor(), http};
    std::thread thread;
};

SendLane::SendLane(std::size_t mail_threads) : lane_(std::make_unique<Lane>(mail_threads)) {}
SendLane::~SendLane() = default;
MailTransaction& SendLane::mail() { return lane_->lane_mail; }
HttpClient& SendLane::http() { return lane_->lane_http; }
void SendLane::stop() { lane_->stop(); }

} // namespace io
