#include "tests/io/http_fault_table.hpp"

namespace fault_table {

namespace {

using scripted::deaf;
using scripted::drip;
using scripted::flood;
using scripted::hear;
using scripted::reset;
using scripted::say;
using scripted::Script;
using scripted::secure;
using scripted::stall;

const std::string good_header = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

void small_limits(io::HttpRequest& request) {
    request.body_limit = 100;
    request.header_limit = 1'000;
}

void by_post(io::HttpRequest& request) {
    request.method = "POST";
    request.body = "body";
}

void with_redirects(io::HttpRequest& request) { request.redirects = 3; }

std::string redirect_to(const std::string& target, const std::string& status = "302 Found") {
    return "HTTP/1.1 " + status + "\r\nLocation: " + target + "\r\nContent-Length: 0\r\n\r\n";
}

} // namespace

Script answer(const std::string& bytes) { return {hear_request(), say(bytes)}; }

Script secure_answer(const std::string& bytes) { return Script{secure()} + answer(bytes); }

std::vector<Fault> endings() {
    return {
        {.name = "closed at once", .script = {scripted::close()}, .reason = Reason::reset, .reached = Reached::processing},
        {.name = "reset at once", .script = {reset()}, .reason = Reason::reset, .reached = Reached::any},
        {.name = "closed after the request",
         .script = {hear_request(), scripted::close()},
         .reason = Reason::reset,
         .reached = Reached::processing},
        {.name = "reset after the request", .script = {hear_request(), reset()}, .reason = Reason::reset, .reached = Reached::processing},
        {.name = "closed in the status line", .script = answer("HTTP/1."), .reason = Reason::protocol_error, .also = Reason::reset},
        {.name = "closed in the header", .script = answer("HTTP/1.1 200 OK\r\nContent-Le"), .reason = Reason::protocol_error},
        {.name = "closed before the header's end",
         .script = answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"),
         .reason = Reason::protocol_error},
        {.name = "reset in the header", .script = {hear_request(), say("HTTP/1.1 200 OK\r\nContent-Le"), reset()}, .reason = Reason::reset},
        {.name = "closed before the body", .script = answer(good_header), .reason = Reason::protocol_error},
        {.name = "closed in the body", .script = answer(good_header + "12"), .reason = Reason::protocol_error},
        {.name = "closed in a chunk",
         .script = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"),
         .reason = Reason::protocol_error},
        {.name = "closed between chunks",
         .script = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n"),
         .reason = Reason::protocol_error},
        {.name = "reset while the request is sent",
         .script = {hear("POST"), reset()},
         .reason = Reason::reset,
         .reached = Reached::processing,
         .with = by_post},
        {.name = "closed in the handshake",
         .script = {hear("\x01"), scripted::close()},
         .reason = Reason::tls_failed,
         .reached = Reached::tls,
         .tls = true},
        {.name = "clear text in the handshake",
         .script = {hear("\x01"), say("HTTP/1.1 400 no\r\n\r\n")},
         .reason = Reason::tls_failed,
         .reached = Reached::tls,
         .tls = true},
        {.name = "closed behind TLS",
         .script = {secure(), hear_request(), scripted::close()},
         .reason = Reason::reset,
         .reached = Reached::processing,
         .tls = true},
        {.name = "reset behind TLS",
         .script = {secure(), hear_request(), reset()},
         .reason = Reason::reset,
         .reached = Reached::processing,
         .tls = true},
        {.name = "closed in the body behind TLS",
         .script = secure_answer(good_header + "12"),
         .reason = Reason::protocol_error,
         .tls = true},
    };
}

std::vector<Fault> silences() {
    constexpr auto late = Reason::response_timeout;
    return {
        {.name = "silent from the start", .script = {stall()}, .reason = late, .reached = Reached::processing},
        {.name = "deaf from the start", .script = {deaf()}, .reason = late, .reached = Reached::processing},
        {.name = "silent after the request", .script = {hear_request(), stall()}, .reason = late, .reached = Reached::processing},
        {.name = "silent in the status line", .script = {hear_request(), say("HTTP/1."), stall()}, .reason = late},
        {.name = "silent in the header", .script = {hear_request(), say("HTTP/1.1 200 OK\r\nContent-Le"), stall()}, .reason = late},
        {.name = "silent in the body", .script = {hear_request(), say(good_header + "12"), stall()}, .reason = late},
        {.name = "silent in a chunk",
         .script = {hear_request(), say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n1"), stall()},
         .reason = late},
        {.name = "open without length", .script = {hear_request(), say("HTTP/1.1 200 OK\r\n\r\nhello"), stall()}, .reason = late},
        {.name = "100 and then silence", .script = {hear_request(), say("HTTP/1.1 100 Continue\r\n\r\n"), stall()}, .reason = late},
        {.name = "a header that drips", .script = {hear_request(), say("HTTP/1.1 200 OK\r\n"), drip("X: y\r\n")}, .reason = late},
        {.name = "a body that drips", .script = {hear_request(), say("HTTP/1.1 200 OK\r\n\r\n"), drip("drop")}, .reason = late},
        {.name = "interim answers that drip", .script = {hear_request(), drip("HTTP/1.1 102 Processing\r\n\r\n")}, .reason = late},
        {.name = "silent in the handshake", .script = {stall()}, .reason = late, .reached = Reached::tls, .tls = true},
        {.name = "silent in the middle of the handshake",
         .script = {hear("\x01"), say("\x16\x03\x03"), stall()},
         .reason = late,
         .reached = Reached::tls,
         .tls = true},
        {.name = "silent behind TLS",
         .script = {secure(), hear_request(), stall()},
         .reason = late,
         .reached = Reached::processing,
         .tls = true},
    };
}

std::vector<Fault> odd_answers() {
    constexpr auto unreadable = Reason::protocol_error;
    const std::string body = "Content-Length: 2\r\n\r\nok";
    return {
        {.name = "a greeting of another protocol", .script = answer("220 mail.test ESMTP\r\n"), .reason = unreadable},
        {.name = "binary", .script = answer(std::string("\x16\x03\x01\x02\x00\x01\x00\xff", 8)), .reason = unreadable},
        {.name = "zeros", .script = answer(std::string(64, '\0')), .reason = unreadable},
        {.name = "a body without header", .script = answer("<html>hello</html>\r\n\r\n"), .reason = unreadable},
        {.name = "a status that is no number", .script = answer("HTTP/1.1 abc OK\r\n" + body), .reason = unreadable},
        {.name = "a status of two digits", .script = answer("HTTP/1.1 20 OK\r\n" + body), .reason = unreadable},
        {.name = "a status of four digits", .script = answer("HTTP/1.1 2000 OK\r\n" + body), .reason = unreadable},
        {.name = "a status below 100", .script = answer("HTTP/1.1 083 OK\r\n" + body), .reason = unreadable},
        {.name = "a status below 100, and a body up to the end", .script = answer("HTTP/1.1 083 OK\r\n\r\nok"), .reason = unreadable},
        {.name = "another protocol that nobody asked for",
         .script = answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
         .reason = unreadable},
        {.name = "a transfer coding that nobody knows",
         .script = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\nok"),
         .reason = unreadable},
        {.name = "a transfer coding below the chunks",
         .script = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
         .reason = unreadable},
        {.name = "chunks in capitals",
         .script = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
         .status = 200,
         .body = "ok"},
        {.name = "line ends of both kinds, and no body", .script = answer("HTTP/1.1 200 OK\r\nX: y\r\n\n"), .status = 200},
        {.name = "line ends of both kinds", .script = answer("HTTP/1.1 200 OK\r\nX: y\r\n\nok"), .status = 200, .body = "ok"},
        {.name = "a version that nobody knows, and a status with a fraction",
         .script = answer("HTTP/21 13.0 Found\r\n" + body),
         .reason = unreadable},
        {.name = "a status behind a version of two digits", .script = answer("HTTP/21 200 OK\r\n" + body), .reason = unreadable},
        {.name = "a negative status", .script = answer("HTTP/1.1 -200 OK\r\n" + body), .reason = unreadable},
        {.name = "version 9", .script = answer("HTTP/9.9 200 OK\r\n" + body), .reason = unreadable},
        {.name = "a zero in a header", .script = answer(std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\n", 25) + body), .reason = unreadable},
        {.name = "a bare CR in a header", .script = answer("HTTP/1.1 200 OK\r\nX: a\r b: c\r\n" + body), .reason = unreadable},
        {.name = "a bare CR in the name of a header", .script = answer("HTTP/1.1 200 OK\r\nX\ry: a\r\n" + body), .reason = unreadable},
        {.name = "a bare CR in a line that goes on", .script = answer("HTTP/1.1 200 OK\r\nX: a\r\n b\rc\r\n" + body), .reason = unreadable},
        {.name = "no words behind the status", .script = answer("HTTP/1.1 200\r\n" + body), .status = 200, .body = "ok"},
        {.name = "version 1.0", .script = answer("HTTP/1.0 200 OK\r\n" + body), .status = 200, .body = "ok"},
        {.name = "line ends of LF alone", .script = answer("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), .status = 200, .body = "ok"},
        {.name = "names in capitals", .script = answer("HTTP/1.1 200 OK\r\nCONTENT-LENGTH:2\r\n\r\nok"), .status = 200, .body = "ok"},
        {.name = "a status that nobody knows", .script = answer("HTTP/1.1 799 What\r\n" + body), .status = 799, .body = "ok"},
        {.name = "byte by byte",
         .script = {hear_request(), say("H"), say("TTP/1.1 20"), say("0 OK\r"), say("\nContent-Length: 2\r\n\r"), say("\no"), say("k")},
         .status = 200,
         .body = "ok"},
        {.name = "100 before the answer",
         .script = answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + body),
         .status = 200,
         .body = "ok"},
        {.name = "several interim answers",
         .script = answer("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 503 No\r\n" + body),
         .status = 503,
         .body = "ok"},
        {.name = "a second answer that nobody asked for",
         .script = answer("HTTP/1.1 200 OK\r\n" + body + "HTTP/1.1 500 No\r\n\r\n"),
         .status = 200,
         .body = "ok"},
        {.name = "an error", .script = answer("HTTP/1.1 500 Internal Server Error\r\n" + body), .status = 500, .body = "ok"},
        {.name = "behind TLS", .script = secure_answer("HTTP/1.1 200 OK\r\n" + body), .status = 200, .body = "ok", .tls = true},
    };
}

std::vector<Fault> odd_bodies() {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    constexpr auto unreadable = Reason::protocol_error;
    const auto by_head = [](io::HttpRequest& request) { request.method = "HEAD"; };
    const auto dropped = [](io::HttpRequest& request) { request.need_body = false; };
    return {
        {.name = "no length, closed", .script = answer(ok + "\r\nhello"), .status = 200, .body = "hello"},
        {.name = "no length, empty", .script = answer(ok + "\r\n"), .status = 200},
        {.name = "no length, behind TLS", .script = secure_answer(ok + "\r\nhello"), .status = 200, .body = "hello", .tls = true},
        {.name = "204", .script = answer("HTTP/1.1 204 No Content\r\n\r\n"), .status = 204},
        {.name = "204 that keeps the connection",
         .script = {hear_request(), say("HTTP/1.1 204 No Content\r\n\r\n"), stall()},
         .status = 204},
        {.name = "304 with a length",
         .script = {hear_request(), say("HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n"), stall()},
         .status = 304},
        {.name = "HEAD with a length",
         .script = {hear_request(), say(ok + "Content-Length: 50\r\n\r\n"), stall()},
         .status = 200,
         .with = by_head},
        {.name = "length 0", .script = {hear_request(), say(ok + "Content-Length: 0\r\n\r\n"), stall()}, .status = 200},
        {.name = "more than its length", .script = answer(ok + "Content-Length: 2\r\n\r\nokay"), .status = 200, .body = "ok"},
        {.name = "dropped when not needed", .script = answer(ok + "Content-Length: 5\r\n\r\nhello"), .status = 200, .with = dropped},
        {.name = "a negative length", .script = answer(ok + "Content-Length: -5\r\n\r\nhello"), .reason = unreadable},
        {.name = "a length that is no number", .script = answer(ok + "Content-Length: five\r\n\r\nhello"), .reason = unreadable},
        {.name = "a length beyond all numbers",
         .script = answer(ok + "Content-Length: 99999999999999999999\r\n\r\nhello"),
         .reason = unreadable},
        {.name = "chunks", .script = answer(chunked + "2\r\nhe\r\n3;name=value\r\nllo\r\n0\r\n\r\n"), .status = 200, .body = "hello"},
        {.name = "chunks with a trailer",
         .script = answer(chunked + "5\r\nhello\r\n0\r\nRetry-After: 5\r\n\r\n"),
         .status = 200,
         .body = "hello"},
        {.name = "chunks win over a length",
         .script = answer(ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
         .status = 200,
         .body = "hello"},
        {.name = "a chunk's size that is no number", .script = answer(chunked + "zz\r\nhello\r\n0\r\n\r\n"), .reason = unreadable},
        {.name = "a chunk's size beyond all numbers",
         .script = answer(chunked + "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
         .reason = unreadable},
        {.name = "a chunk longer than its size", .script = answer(chunked + "2\r\nhello\r\n0\r\n\r\n"), .reason = unreadable},
        {.name = "no chunks at all", .script = answer(chunked + "hello"), .reason = unreadable},
        {.name = "an unknown encoding",
         .script = answer(ok + "Content-Encoding: x-strange\r\nContent-Length: 2\r\n\r\nok"),
         .status = 200,
         .body = "ok"},
    };
}

std::vector<Fault> excesses() {
    constexpr auto excess = Reason::too_large;
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    const auto line_of = [](std::size_t size) { return "X: " + std::string(size - 5, 'x') + "\r\n"; };
    return {
        {.name = "a body at the limit",
         .script = answer(ok + "\r\n" + std::string(100, 'x')),
         .status = 200,
         .body = std::string(100, 'x'),
         .with = small_limits},
        {.name = "a body behind the limit", .script = answer(ok + "\r\n" + std::string(101, 'x')), .reason = excess, .with = small_limits},
        {.name = "a length behind the limit",
         .script = {hear_request(), say(ok + "Content-Length: 101\r\n\r\n" + std::string(101, 'x')), stall()},
         .reason = excess,
         .with = small_limits},
        {.name = "a body without end",
         .script = {hear_request(), say(ok + "\r\n"), flood("hello")},
         .reason = excess,
         .with = small_limits},
        {.name = "chunks without end",
         .script = {hear_request(), say(chunked), flood("5\r\nhello\r\n")},
         .reason = excess,
         .with = small_limits},
        {.name = "a header at the limit",
         .script = answer(ok + line_of(1'000 - ok.size() - 2) + "\r\nok"),
         .status = 200,
         .body = "ok",
         .with = small_limits},
        {.name = "a header behind the limit",
         .script = answer(ok + line_of(1'001 - ok.size() - 2) + "\r\nok"),
         .reason = excess,
         .with = small_limits},
        {.name = "headers without end", .script = {hear_request(), say(ok), flood("X: y\r\n")}, .reason = excess, .with = small_limits},
        {.name = "a header line without end", .script = {hear_request(), say(ok + "X: "), flood("xxxxxxxxxxxxxxxx")}, .reason = excess},
        {.name = "a status line without end", .script = {hear_request(), say("HTTP/1.1 200 "), flood("OK and more ")}, .reason = excess},
        {.name = "interim answers without end", .script = {hear_request(), flood("HTTP/1.1 100 Continue\r\n\r\n")}, .reason = excess},
        {.name = "a trailer without end",
         .script = {hear_request(), say(chunked + "0\r\n"), flood("X: y\r\n")},
         .reason = excess,
         .with = small_limits},
    };
}

std::vector<Fault> redirections() {
    constexpr auto refused = Reason::protocol_error;
    const auto once = [](io::HttpRequest& request) { request.redirects = 1; };
    return {
        {.name = "not to be followed", .script = answer(redirect_to("/other")), .status = 302},
        {.name = "no target", .script = answer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), .status = 302, .with = with_redirects},
        {.name = "a loop", .script = answer(redirect_to("/loop")), .reason = refused, .with = with_redirects},
        {.name = "one too many", .script = answer(redirect_to("/b")), .reason = refused, .with = once},
        {.name = "another protocol", .script = answer(redirect_to("ftp://server.test/")), .reason = refused, .with = with_redirects},
        {.name = "a file", .script = answer(redirect_to("file:///etc/passwd")), .reason = refused, .with = with_redirects},
        {.name = "no URL", .script = answer(redirect_to("http://[::")), .reason = refused, .with = with_redirects},
    };
}

} // namespace fault_table
