#pragma once

#include "io/timed_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <string_view>

namespace io {

using TlsStream = asio::ssl::stream<Socket&>;

/// Reading and writing, the same for a plain socket and for TLS. What is read into and written from stays until then.

inline asio::awaitable<Transferred> read_some(TimedSocket& socket, asio::mutable_buffer room) { return socket.read_some(room); }
inline asio::awaitable<Transferred> write_all(TimedSocket& socket, std::string_view text) { return socket.write(text); }

inline asio::awaitable<Transferred> read_some(TlsStream& stream, asio::mutable_buffer room) {
    co_return co_await stream.async_read_some(room, asio::as_tuple(asio::use_awaitable));
}
inline asio::awaitable<Transferred> write_all(TlsStream& stream, std::string_view text) {
    co_return co_await asio::async_write(stream, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

} // namespace io
