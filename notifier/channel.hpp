#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/mail_transaction.hpp"
#include "model/notice.hpp"
#include "notifier/outbox_settings.hpp"
#include "notifier/relay.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>

namespace notifier {

namespace asio = boost::asio;

/// What a channel is given for one attempt: its own copies, so that nothing can change under it.
struct Shipment {
    std::shared_ptr<const model::Notice> notice;
    model::Envelope envelope;
    model::Contact contact;
    std::shared_ptr<const Relay> relay;  ///< null for channels that use none
};

/// One way to reach a contact. Must outlive its attempts.
class Channel {
public:
    virtual ~Channel() = default;

    /// One attempt. Fills outcome, step, code, text, tls, digest, times and what it says about relay and waiting; the
    /// outbox adds envelope, numbers and names. Never throws for a sick relay or receiver.
    virtual asio::awaitable<model::Delivery> send(Shipment shipment) = 0;
};

/// What the attempts of a channel go through.
enum class Lane : std::uint8_t {
    relay,    ///< one of ours, in turn
    receiver, ///< the contact's own host
};

struct ChannelEffects {
    io::Clock& clock;
    io::MailTransaction& mail;
    io::HttpClient& http;
};

struct ChannelEntry {
    Lane lane = Lane::relay;
    std::unique_ptr<Channel> channel;
};

/// Every channel that there is, by kind: the table is in channel.cpp, one line per kind. The settings outlive them and may change.
std::map<model::ChannelKind, ChannelEntry> make_channels(ChannelEffects effects, const OutboxSettings& settings);

} // namespace notifier
