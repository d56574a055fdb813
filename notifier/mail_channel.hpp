#pragma once

#include "notifier/channel.hpp"

namespace notifier {

/// What a mail transaction means for the envelope (semantics 1.4). Pure; the text is as the relay wrote it.
model::Delivery classify(const io::MailResult& result);

/// SMTP through the shipment's relay.
std::unique_ptr<Channel> make_mail_channel(ChannelEffects effects, const OutboxSettings& settings);

} // namespace notifier
