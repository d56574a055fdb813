#include "io/curl_http_transfer.hpp"

#include "io/http_rules.hpp"
#include "io/tls_contexts.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace io {

namespace {

std::chrono::microseconds time_info(CURL* easy, CURLINFO what) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, what, &value);
    return std::chrono::microseconds{value};
}

long number_info(CURL* easy, CURLINFO what) {
    long value = 0;
    curl_easy_getinfo(easy, what, &value);
    return value;
}

/// A line as libcurl takes it: a header without a value ends in a semicolon.
std::string header_line(const std::pair<std::string, std::string>& header) {
    const auto& [name, value] = header;
    return value.empty() ? name + ";" : name + ": " + value;
}

/// libcurl has one code for a broken connection and for chunks that are none; its sentence tells them apart.
bool is_chunk_error(std::string_view text) { return text.ends_with("chunked-encoding"); }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = text.find_first_not_of(blank);
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// A line of a header must have none of these but its end (RFC 9110, 5.5).
constexpr std::string_view never_in_a_header{"\r\n\0", 3};

std::string_view without_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// A length that no number holds: libcurl would read on as if there were none.
bool is_beyond_numbers(std::string_view length) {
    std::int64_t value = 0;
    return std::from_chars(length.data(), length.data() + length.size(), value).ec == std::errc::result_out_of_range;
}

/// A proxy looks names up itself, whatever it speaks.
std::string proxy_url(const std::string& url) {
    constexpr std::string_view socks = "socks5://";
    return url.starts_with(socks) ? "socks5h://" + url.substr(socks.size()) : url;
}

} // namespace

CurlHttpTransfer::CurlHttpTransfer(const HttpRequest& request, const Url& connect_to, const std::vector<std::string>& addresses,
                                   model::Milliseconds timeout)
    : request_(request), easy_(make_easy()), phases_(request.url.starts_with("https://")) {
    set_target();
    set_method();
    set_limits();
    set_proxy();
    set_tls(easy(), request_.tls);
    addresses_ = pin_addresses(easy(), connect_to.host, connect_to.port, addresses);
    curl_easy_setopt(easy(), CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, timeout.count())));
    phases_.watch(easy());
}

void CurlHttpTransfer::set_target() {
    std::vector<std::string> lines{"Expect:"};
    for (const auto& header : request_.headers) lines.push_back(header_line(header));
    for (const auto& header : request_.secret_headers) lines.push_back(header_line(header));
    headers_ = make_list(lines);
    curl_easy_setopt(easy(), CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy(), CURLOPT_FOLLOWLOCATION, 0L);  // the client follows, by names that it resolves itself
    curl_easy_setopt(easy(), CURLOPT_ERRORBUFFER, error_.data());
    curl_easy_setopt(easy(), CURLOPT_USERAGENT, "hinomi");
    const bool secure = request_.url.starts_with("https://");
    const auto second = secure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    const auto version = request_.version == HttpVersion::http2 ? second : CURL_HTTP_VERSION_1_1;
    curl_easy_setopt(easy(), CURLOPT_HTTP_VERSION, static_cast<long>(version));
}

void CurlHttpTransfer::set_method() {
    const auto& method = request_.method;
    if (method == "HEAD") curl_easy_setopt(easy(), CURLOPT_NOBODY, 1L);
    if (method == "GET") curl_easy_setopt(easy(), CURLOPT_HTTPGET, 1L);
    if (!request_.body.empty() || method == "POST") {
        curl_easy_setopt(easy(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy(), CURLOPT_POSTFIELDS, request_.body.c_str());
    }
    if (method != "HEAD" && (method != "GET" || !request_.body.empty())) curl_easy_setopt(easy(), CURLOPT_CUSTOMREQUEST, method.c_str());
}

void CurlHttpTransfer::set_limits() {
    const auto on_header = [](char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<CurlHttpTransfer*>(self)->add_header(data, size);
    };
    const auto on_body = [](char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<CurlHttpTransfer*>(self)->add_body(data, size);
    };
    curl_easy_setopt(easy(), CURLOPT_WRITEFUNCTION, static_cast<curl_write_callback>(on_body));
    curl_easy_setopt(easy(), CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy(), CURLOPT_HEADERFUNCTION, static_cast<curl_write_callback>(on_header));
    curl_easy_setopt(easy(), CURLOPT_HEADERDATA, this);
}

void CurlHttpTransfer::set_proxy() {
    if (request_.proxy == nullptr) return;
    const auto& proxy = *request_.proxy;
    curl_easy_setopt(easy(), CURLOPT_PROXY, proxy_url(proxy.url).c_str());
    curl_easy_setopt(easy(), CURLOPT_NOPROXY, "");  // nothing of the environment
    curl_easy_setopt(easy(), CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy(), CURLOPT_PROXY_CAPATH, nullptr);
    curl_easy_setopt(easy(), CURLOPT_PROXY_CAINFO, system_roots);
    if (proxy.username.empty()) return;
    curl_easy_setopt(easy(), CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy(), CURLOPT_PROXYUSERNAME, proxy.username.c_str());
    curl_easy_setopt(easy(), CURLOPT_PROXYPASSWORD, proxy.password.c_str());
}

std::size_t CurlHttpTransfer::add_body(const char* data, std::size_t size) {
    body_bytes_ += size;
    if (body_bytes_ > request_.body_limit) {
        too_large_ = true;
        return 0;
    }
    if (request_.need_body) response_.body.append(data, size);
    return size;
}

std::size_t CurlHttpTransfer::add_header(const char* data, std::size_t size) {
    header_bytes_ += size;
    if (header_bytes_ > request_.header_limit) {
        too_large_ = true;
        return 0;
    }
    const std::string_view line(data, size);
    if (without_end(line).find_first_of(never_in_a_header) != std::string_view::npos) {
        unreadable_ = "a character in the header of the answer that must not be there";
        return 0;
    }
    auto& headers = response_.headers;
    if (line.starts_with("HTTP/")) {
        const auto status = status_in(line);
        if (status.empty()) unreadable_ = "the answer begins without a status";  // libcurl reads what digits it finds
        if (status == std::to_string(switching_protocols)) unreadable_ = "the answer turns to a protocol that nobody asked for";
        if (!unreadable_.empty()) return 0;
        headers.clear();  // those of an interim answer (1xx)
        header_complete_ = false;
        take_tls();
        return size;
    }
    if (without_end(line).empty()) header_complete_ = true;  // blanks only go on with the line before
    if (line.starts_with(' ') || line.starts_with('\t')) {  // goes on with the line before (RFC 9112, 5.2)
        if (!headers.empty() && !trimmed(line).empty()) headers.back().second.append(" ").append(trimmed(line));
        return size;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), lower);
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "content-length" && is_beyond_numbers(value)) unreadable_ = "the length of the answer is no number";
    if (name == "transfer-encoding" && !is_known_coding(value)) unreadable_ = "the answer is in a transfer coding that nobody asked for";
    headers.emplace_back(std::move(name), value);
    return unreadable_.empty() ? size : 0;
}

model::Reason CurlHttpTransfer::reason_of_connect() const {
    const auto error = number_info(easy(), CURLINFO_OS_ERRNO);
    if (error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN || error == EADDRNOTAVAIL) return model::Reason::no_route;
    if (error == ETIMEDOUT) return model::Reason::connect_timeout;
    if (error == ECONNRESET || error == ECONNABORTED) return model::Reason::reset;
    return model::Reason::refused;
}

/// Whether the way to the target is broken at its proxy: then nothing of the target has answered.
bool CurlHttpTransfer::proxy_failed(CURLcode code) const {
    if (request_.proxy == nullptr || code == CURLE_OK) return false;
    const auto tunnel = number_info(easy(), CURLINFO_HTTP_CONNECTCODE);
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY || (tunnel != 0 && tunnel != 200);
}

model::Reason CurlHttpTransfer::reason_of(CURLcode code) const {
    if (too_large_) return model::Reason::too_large;
    if (proxy_failed(code)) return model::Reason::no_route;
    switch (code) {
    case CURLE_OK: return header_complete_ ? model::Reason::none : model::Reason::protocol_error;
    case CURLE_COULDNT_RESOLVE_HOST: return model::Reason::name_not_found;
    case CURLE_COULDNT_CONNECT: return reason_of_connect();
    case CURLE_OPERATION_TIMEDOUT: return phases_.connected(easy()) ? model::Reason::response_timeout : model::Reason::connect_timeout;
    case CURLE_GOT_NOTHING: return header_bytes_ > 0 ? model::Reason::protocol_error : model::Reason::reset;
    case CURLE_RECV_ERROR: return is_chunk_error(error_.data()) ? model::Reason::protocol_error : model::Reason::reset;
    case CURLE_SEND_ERROR: return model::Reason::reset;
    case CURLE_OUT_OF_MEMORY: return model::Reason::too_large;  // its word for a line of the header beyond its own bound
    case CURLE_PEER_FAILED_VERIFICATION: return model::Reason::certificate_invalid;
    case CURLE_SSL_CONNECT_ERROR:
        return number_info(easy(), CURLINFO_OS_ERRNO) == ECONNRESET ? model::Reason::reset : model::Reason::tls_failed;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE: return model::Reason::tls_failed;
    default: return model::Reason::protocol_error;
    }
}

/// While the connection stands: at the first line of an answer.
void CurlHttpTransfer::take_tls() {
    curl_tlssessioninfo* session = nullptr;
    if (curl_easy_getinfo(easy(), CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr) return;
    if (session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr) return;
    response_.tls = facts_of(static_cast<SSL*>(session->internals), request_.tls.verify);
}

void CurlHttpTransfer::take_facts() {
    const auto status = number_info(easy(), CURLINFO_RESPONSE_CODE);
    if (response_.answered()) response_.status = static_cast<std::uint16_t>(status);
    if (number_info(easy(), CURLINFO_HTTP_VERSION) >= CURL_HTTP_VERSION_2_0) response_.version = HttpVersion::http2;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(easy(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
    const bool whole_body = std::cmp_greater_equal(uploaded, request_.body.size());
    response_.request_sent = status != 0 || (number_info(easy(), CURLINFO_REQUEST_SIZE) > 0 && whole_body);
    const char* address = nullptr;
    curl_easy_getinfo(easy(), CURLINFO_PRIMARY_IP, &address);
    const auto port = std::to_string(number_info(easy(), CURLINFO_PRIMARY_PORT));
    const std::string peer(address == nullptr ? "" : address);
    const bool six = peer.find(':') != std::string::npos;
    if (!peer.empty()) response_.peer = (six ? "[" + peer + "]" : peer) + ":" + port;
    if (time_info(easy(), CURLINFO_APPCONNECT_TIME_T).count() != 0 && response_.tls.version.empty()) {
        response_.tls.version = "TLS";
        response_.tls.verified = request_.tls.verify && response_.reason != model::Reason::certificate_invalid;
    }
    response_.phases = phases_.of(easy());
}

/// What came of the answer before it broke off is no answer.
void CurlHttpTransfer::explain_failure(CURLcode code) {
    response_.body.clear();
    response_.headers.clear();
    const std::string_view text = error_.data();
    if (!unreadable_.empty()) response_.error = unreadable_;
    else if (response_.reason == model::Reason::too_large) response_.error = "the answer is longer than allowed";
    else if (!text.empty()) response_.error = text;
    else response_.error = code == CURLE_OK ? "the peer closed the connection in the middle of the answer" : curl_easy_strerror(code);
    if (proxy_failed(code)) response_.error = "the proxy does not let us through: " + response_.error;
}

HttpResponse CurlHttpTransfer::take(CURLcode code) {
    response_.reason = reason_of(code);
    if (!response_.answered()) explain_failure(code);
    take_facts();
    return std::move(response_);
}

std::string CurlHttpTransfer::redirect() const {
    const char* url = nullptr;
    curl_easy_getinfo(easy(), CURLINFO_REDIRECT_URL, &url);
    return url == nullptr ? std::string{} : std::string(url);
}

} // namespace io
