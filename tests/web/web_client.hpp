#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// Turns the loop until the condition holds; false when it does not within a generous cap.
bool turn_until(boost::asio::io_context& context, const std::function<bool()>& condition);

/// A client on the same loop as the server: whatever it sends is sent as it is, whatever comes is kept.
class WebClient {
public:
    WebClient(boost::asio::io_context& context, boost::asio::ip::tcp::endpoint server);
    ~WebClient();

    /// Starts sending; parts are sent in order while the loop turns.
    void send(std::string bytes);
    void close();

    [[nodiscard]] const std::string& received() const;
    [[nodiscard]] bool ended() const;  ///< the server has closed or reset the connection

    /// Turns the loop until the server ends the connection; what it has sent.
    const std::string& until_end();
    /// Turns the loop until `text` has come.
    bool until(std::string_view text);

    /// Stops taking what comes: the server's buffers fill.
    void stop_reading();

private:
    struct State;
    boost::asio::io_context& context_;
    std::shared_ptr<State> state_;
};

/// The status of the first answer in `received`; 0: none.
int status_of(const std::string& received);

/// The body of the first answer, chunks put together.
std::string body_of(const std::string& received);
