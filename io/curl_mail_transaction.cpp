#include "io/curl_mail_transaction.hpp"

#include "io/curl_easy.hpp"
#include "io/instant.hpp"
#include "io/mail_dialogue.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <system_error>

namespace io {

namespace {

/// What the callbacks share while a transfer runs.
struct Upload {
    MailDialogue& dialogue;
    const std::string& bytes;
    const std::atomic<bool>& stopping;
    std::size_t sent = 0;
    curl_socket_t socket = CURL_SOCKET_BAD;
};

/// Called by libcurl at least once a second, also while it waits for the relay: ends the transfer when a cap is used up.
int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& upload = *static_cast<Upload*>(self);
    return upload.dialogue.expired() || upload.stopping.load() ? 1 : 0;
}

int on_socket_made(void* self, curl_socket_t socket, curlsocktype) {
    static_cast<Upload*>(self)->socket = socket;
    return CURL_SOCKOPT_OK;
}

/// libcurl waits for the reply to QUIT with the whole thread, for as long as the relay likes. Nothing that it says then
/// matters: with the reading side closed the wait is over at once, and QUIT has still been sent.
void do_not_wait_for_farewell(curl_socket_t socket) {
    if (socket != CURL_SOCKET_BAD) ::shutdown(socket, SHUT_RD);
}

std::size_t on_read(char* buffer, std::size_t, std::size_t size, void* self) {
    auto& upload = *static_cast<Upload*>(self);
    const auto count = std::min(size, upload.bytes.size() - upload.sent);
    std::memcpy(buffer, upload.bytes.data() + upload.sent, count);
    upload.sent += count;
    if (count == 0) upload.dialogue.body_handed_over();
    return count;
}

int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& upload = *static_cast<Upload*>(self);
    auto& dialogue = upload.dialogue;
    const std::string_view text(data, size);
    if (type == CURLINFO_HEADER_OUT) dialogue.said(text);
    if (type == CURLINFO_HEADER_OUT && text.starts_with("QUIT")) do_not_wait_for_farewell(upload.socket);
    if (type == CURLINFO_HEADER_IN) dialogue.replied(text);
    if (type == CURLINFO_TEXT && text.starts_with("Connected to ")) dialogue.connected();
    constexpr std::string_view secured = "SSL connection using ";
    if (type == CURLINFO_TEXT && text.starts_with(secured)) {
        const auto version = text.substr(secured.size());
        dialogue.secured(version.substr(0, version.find(' ')));
    }
    return 0;
}

bool is_loopback(const std::string& address) {
    boost::system::error_code error;
    const auto parsed = asio::ip::make_address(address, error);
    return !error && parsed.is_loopback();
}

/// Everything that libcurl only points to while the transfer runs.
struct Prepared {
    CurlEasy easy = make_easy();
    CurlList recipients;
    CurlList addresses;
    std::string url;
    std::string sender;
    char error[CURL_ERROR_SIZE] = {};
};

void prepare(Prepared& prepared, const MailJob& job, Upload& upload) {
    CURL* easy = prepared.easy.get();
    const auto& server = job.server;
    const bool six = server.host.find(':') != std::string::npos;
    prepared.url = std::string(server.security == MailSecurity::tls ? "smtps://" : "smtp://") +
                   (six ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
    prepared.sender = "<" + job.sender + ">";
    prepared.recipients = make_list({"<" + job.recipient + ">"});
    curl_easy_setopt(easy, CURLOPT_URL, prepared.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(server.security == MailSecurity::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set_tls(easy, server.tls);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, prepared.sender.c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, prepared.recipients.get());
    if (!server.username.empty()) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, server.username.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, server.password.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket_made);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, prepared.error);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &upload);
    // the caps of the dialogue end a transfer; these only keep libcurl's own, shorter defaults out of the way
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>((server.connect_cap + 10 * server.step_cap).count()));
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     static_cast<long>(std::max(server.step_cap, server.final_cap).count() / 1000 + 60));
}

MailResult refused_by_us(const std::string& why, MailStep step, const model::Instant& began) {
    MailResult result;
    result.began = began;
    result.ended = read_instant();
    result.step = step;
    result.text = why;
    return result;
}

/// The step that libcurl's error names more exactly than the dialogue does.
MailStep step_of(CURLcode code, MailStep reached) {
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE: return MailStep::tls;
    case CURLE_USE_SSL_FAILED: return MailStep::starttls;  // not offered, or refused
    case CURLE_LOGIN_DENIED: return MailStep::auth;
    default: return reached;
    }
}

/// Without a refusal by the relay the error's own words are the evidence.
void explain(MailResult& result, CURLcode code, const Prepared& prepared) {
    if (result.accepted) return;
    if (result.timed_out) {
        result.code = 0;  // of the step before
        result.text = "no answer in time";
        return;
    }
    result.step = step_of(code, result.step);
    if (result.code >= 400) return;
    result.code = 0;  // the last reply was a good one: it is not what ended this
    std::string words = prepared.error[0] != '\0' ? prepared.error : curl_easy_strerror(code);
    long error = 0;
    curl_easy_getinfo(prepared.easy.get(), CURLINFO_OS_ERRNO, &error);
    if (code == CURLE_COULDNT_CONNECT && error != 0) words += " (" + std::system_category().message(static_cast<int>(error)) + ")";
    result.text = presentable(words);
}

/// The whole transaction, on a thread of its own.
MailResult perform(const MailJob& job, const std::vector<std::string>& addresses, const std::atomic<bool>& stopping) {
    Prepared prepared;
    MailDialogue dialogue(job.server, [] { return read_instant().boot; });
    Upload upload{.dialogue = dialogue, .bytes = *job.bytes, .stopping = stopping};
    prepare(prepared, job, upload);
    prepared.addresses = pin_addresses(prepared.easy.get(), job.server.host, job.server.port, addresses);
    const auto code = curl_easy_perform(prepared.easy.get());
    auto result = dialogue.result();
    explain(result, code, prepared);
    return result;
}

asio::awaitable<MailResult> performing(MailJob job, std::vector<std::string> addresses, const std::atomic<bool>& stopping) {
    pthread_setname_np(pthread_self(), "mail");
    co_return perform(job, addresses, stopping);
}

} // namespace

asio::awaitable<MailResult> CurlMailTransaction::send(MailJob job) {
    const auto began = read_instant();
    auto resolved = co_await resolver_.resolve(job.server.host, AddressFamily::any, job.server.connect_cap);
    if (resolved.reason != model::Reason::none) {
        co_return refused_by_us("the relay's name is not resolved: " + resolved.error, MailStep::resolve, began);
    }
    if (job.server.security == MailSecurity::none && !std::ranges::all_of(resolved.addresses, is_loopback)) {
        co_return refused_by_us("mail without TLS goes to loopback only; use STARTTLS or smtps", MailStep::connect, began);
    }
    auto work = performing(std::move(job), std::move(resolved.addresses), stopping_);
    auto result = co_await asio::co_spawn(pool_.get_executor(), std::move(work), asio::use_awaitable);
    result.began = began;
    result.ended = read_instant();
    co_return result;
}

void CurlMailTransaction::stop() {
    stopping_ = true;
    pool_.stop();
    pool_.join();
}

} // namespace io
