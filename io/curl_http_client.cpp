#include "io/curl_http_client.hpp"

#include "io/curl_easy.hpp"
#include "io/url.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <string_view>

namespace io {

namespace {

/// What the callbacks fill while a transfer runs.
struct Transfer {
    const HttpRequest& request;
    HttpResponse& response;
    std::size_t header_bytes = 0;
    std::size_t body_bytes = 0;
    bool too_large = false;
    bool header_complete = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.body_bytes += size;
    if (transfer.body_bytes > transfer.request.body_limit) {
        transfer.too_large = true;
        return 0;
    }
    if (transfer.request.need_body) transfer.response.body.append(data, size);
    return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_bytes += size;
    if (transfer.header_bytes > transfer.request.header_limit) {
        transfer.too_large = true;
        return 0;
    }
    std::string line(data, size);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
    if (line.starts_with("HTTP/")) {
        transfer.response.headers.clear();  // of the answer before a redirect
        transfer.header_complete = false;
        return size;
    }
    if (line.empty()) transfer.header_complete = true;
    const auto colon = line.find(':');
    if (colon == std::string::npos) return size;
    auto name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    const auto value = line.find_first_not_of(' ', colon + 1);
    transfer.response.headers.emplace_back(std::move(name), value == std::string::npos ? "" : line.substr(value));
    return size;
}

long os_error(CURL* easy) {
    long error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    return error;
}

/// The connect time stays 0 until TLS is there too; the local port is known with the connection.
bool was_connected(CURL* easy) {
    long port = 0;
    curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
    return port > 0;
}

model::Reason reason_of_connect(CURL* easy) {
    const auto error = os_error(easy);
    if (error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN || error == EADDRNOTAVAIL) return model::Reason::no_route;
    if (error == ETIMEDOUT) return model::Reason::connect_timeout;
    return model::Reason::refused;
}

/// libcurl has one code for a broken connection and for chunks that are none; its sentence tells them apart.
bool is_chunk_error(std::string_view text) { return text.ends_with("chunked-encoding"); }

/// `text`: libcurl's own sentence.
model::Reason reason_of(CURLcode code, CURL* easy, const Transfer& transfer, std::string_view text) {
    if (transfer.too_large) return model::Reason::too_large;
    switch (code) {
    case CURLE_OK: return transfer.header_complete ? model::Reason::none : model::Reason::protocol_error;
    case CURLE_COULDNT_RESOLVE_HOST: return model::Reason::name_not_found;
    case CURLE_COULDNT_CONNECT: return reason_of_connect(easy);
    case CURLE_OPERATION_TIMEDOUT: return was_connected(easy) ? model::Reason::response_timeout : model::Reason::connect_timeout;
    case CURLE_GOT_NOTHING: return transfer.header_bytes > 0 ? model::Reason::protocol_error : model::Reason::reset;
    case CURLE_RECV_ERROR: return is_chunk_error(text) ? model::Reason::protocol_error : model::Reason::reset;
    case CURLE_SEND_ERROR: return model::Reason::reset;
    case CURLE_PEER_FAILED_VERIFICATION: return model::Reason::certificate_invalid;
    case CURLE_SSL_CONNECT_ERROR: return os_error(easy) == ECONNRESET ? model::Reason::reset : model::Reason::tls_failed;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE: return model::Reason::tls_failed;
    default: return model::Reason::protocol_error;
    }
}

std::chrono::microseconds info(CURL* easy, CURLINFO what) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, what, &value);
    return std::chrono::microseconds{value};
}

/// Cumulative times of libcurl, subtracted from one another.
void take_phases(CURL* easy, model::Phases& phases) {
    const auto names = info(easy, CURLINFO_NAMELOOKUP_TIME_T);
    const auto connected = info(easy, CURLINFO_CONNECT_TIME_T);
    const auto secured = info(easy, CURLINFO_APPCONNECT_TIME_T);
    const auto first_byte = info(easy, CURLINFO_STARTTRANSFER_TIME_T);
    const auto total = info(easy, CURLINFO_TOTAL_TIME_T);
    if (connected.count() == 0) return;
    phases.connect = connected - names;
    if (secured.count() != 0) phases.tls = secured - connected;
    if (first_byte.count() == 0) return;
    phases.processing = first_byte - std::max(connected, secured);
    phases.transfer = total - first_byte;
}

void take_facts(CURL* easy, const HttpRequest& request, HttpResponse& response) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (response.reason == model::Reason::none) response.status = static_cast<std::uint16_t>(status);
    long request_size = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    response.request_sent = status != 0 || (request_size > 0 && std::cmp_greater_equal(uploaded, request.body.size()));
    const char* address = nullptr;
    long port = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    if (address != nullptr && *address != '\0') response.peer = std::string(address) + ":" + std::to_string(port);
    if (info(easy, CURLINFO_APPCONNECT_TIME_T).count() != 0) {
        response.tls.version = "TLS";
        response.tls.verified = request.tls.verify && response.reason != model::Reason::certificate_invalid;
    }
    take_phases(easy, response.phases);
}

/// What came of the answer before it broke off is no answer.
void explain_failure(HttpResponse& response, CURLcode code, std::string_view text) {
    response.body.clear();
    response.headers.clear();
    if (!text.empty()) response.error = text;
    else response.error = code == CURLE_OK ? "the peer closed the connection in the middle of the answer" : curl_easy_strerror(code);
}

/// Everything of the request that libcurl copies, and what it only points to.
struct Prepared {
    CurlEasy easy;
    CurlList headers;
    CurlList addresses;
    std::string url;
    char error[CURL_ERROR_SIZE] = {};
};

void set_method(CURL* easy, const HttpRequest& request) {
    if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (!request.body.empty() || request.method == "POST") {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method != "HEAD" && request.method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "GET") curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
}

void prepare(Prepared& prepared, const HttpRequest& request, Transfer& transfer) {
    prepared.easy = make_easy();
    CURL* easy = prepared.easy.get();
    std::vector<std::string> lines{"Expect:"};
    for (const auto& [name, value] : request.headers) lines.push_back(value.empty() ? name + ";" : name + ": " + value);
    prepared.headers = make_list(lines);
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, prepared.headers.get());
    set_method(easy, request);
    set_tls(easy, request.tls);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request.redirects > 0 ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, static_cast<long>(request.redirects));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, prepared.error);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "hinomi");
}

} // namespace

asio::awaitable<HttpResponse> CurlHttpClient::request(HttpRequest request) {
    HttpResponse response;
    response.began = clock_.now();
    const auto deadline = response.began.boot + request.timeout;
    const auto url = parse_url(request.url);
    if (!url) {
        response.reason = model::Reason::protocol_error;
        response.error = "the URL is not readable";
        response.ended = clock_.now();
        co_return response;
    }
    auto resolved = co_await resolver_.resolve(url->host, request.family, request.timeout);
    response.phases.resolve = resolved.took;
    if (resolved.reason != model::Reason::none) {
        response.reason = resolved.reason;
        response.error = resolved.error;
        response.ended = clock_.now();
        co_return response;
    }
    Transfer transfer{request, response};
    Prepared prepared;
    prepare(prepared, request, transfer);
    CURL* easy = prepared.easy.get();
    prepared.addresses = pin_addresses(easy, url->host, url->port, resolved.addresses);
    const auto left = std::max<std::int64_t>(1, (deadline - clock_.now().boot).count());
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left));
    const auto code = co_await multi_.perform(easy);
    response.reason = reason_of(code, easy, transfer, prepared.error);
    if (response.reason != model::Reason::none) explain_failure(response, code, prepared.error);
    take_facts(easy, request, response);
    response.ended = clock_.now();
    co_return response;
}

} // namespace io
