#include "io/curl_mail_transaction.hpp"

#include "io/curl_easy.hpp"
#include "io/mail_dialogue.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstring>

namespace io {

namespace {

/// What the callbacks share while a transfer runs.
struct Upload {
    MailDialogue& dialogue;
    const std::string& bytes;
    std::size_t sent = 0;
};

std::size_t on_read(char* buffer, std::size_t, std::size_t size, void* self) {
    auto& upload = *static_cast<Upload*>(self);
    const auto count = std::min(size, upload.bytes.size() - upload.sent);
    std::memcpy(buffer, upload.bytes.data() + upload.sent, count);
    upload.sent += count;
    if (count == 0) upload.dialogue.body_handed_over();
    return count;
}

int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& dialogue = static_cast<Upload*>(self)->dialogue;
    const std::string_view text(data, size);
    if (type == CURLINFO_HEADER_OUT) dialogue.said(text);
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
    prepared.url = std::string(server.security == MailSecurity::tls ? "smtps://" : "smtp://") + (six ? "[" + server.host + "]" : server.host) + ":" +
                   std::to_string(server.port);
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
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, prepared.error);
    // the caps of the dialogue end a transfer; these only keep libcurl's own, shorter defaults out of the way
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>((server.connect_cap + 10 * server.step_cap).count()));
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(std::max(server.step_cap, server.final_cap).count() / 1000 + 60));
}

MailResult refused_by_us(Clock& clock, const std::string& why) {
    MailResult result;
    result.began = result.ended = clock.now();
    result.step = MailStep::connect;
    result.text = why;
    return result;
}

/// Without any reply the error's own words are the evidence.
void explain(MailResult& result, CURLcode code, const Prepared& prepared) {
    if (result.accepted) return;
    if (result.timed_out) {
        result.text = "no answer in time";
        return;
    }
    const auto words = presentable(prepared.error[0] != '\0' ? prepared.error : curl_easy_strerror(code));
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CACERT_BADFILE) {
        result.step = MailStep::tls;
        result.code = 0;
        result.text = words;
    } else if (code == CURLE_LOGIN_DENIED) {
        result.step = MailStep::auth;
        if (result.code < 400) result.text = words;
    } else if (result.code < 400) {
        result.code = 0;  // the last reply was a good one: it is not what ended this
        result.text = words;
    }
}

} // namespace

asio::awaitable<MailResult> CurlMailTransaction::send(MailJob job) {
    const auto began = clock_.now();
    auto resolved = co_await resolver_.resolve(job.server.host, AddressFamily::any, job.server.connect_cap);
    if (resolved.reason != model::Reason::none) {
        auto result = refused_by_us(clock_, "the relay's name is not resolved: " + resolved.error);
        result.step = MailStep::resolve;
        result.began = began;
        co_return result;
    }
    if (job.server.security == MailSecurity::none && !std::ranges::all_of(resolved.addresses, is_loopback)) {
        co_return refused_by_us(clock_, "mail without TLS goes to loopback only; use STARTTLS or smtps");
    }
    Prepared prepared;
    CURL* easy = prepared.easy.get();
    MailDialogue dialogue(clock_, job.server, [this, easy] { multi_.abort(easy); });
    Upload upload{dialogue, *job.bytes};
    prepare(prepared, job, upload);
    prepared.addresses = pin_addresses(easy, job.server.host, job.server.port, resolved.addresses);
    const auto code = co_await multi_.perform(easy);
    auto result = dialogue.result();
    explain(result, code, prepared);
    result.began = began;
    result.ended = clock_.now();
    co_return result;
}

} // namespace io
