#include "notifier/channel.hpp"

#include "notifier/mail_channel.hpp"
#include "notifier/webhook_channel.hpp"

#include <array>

namespace notifier {

namespace {

struct Row {
    model::ChannelKind kind;
    Lane lane;
    std::unique_ptr<Channel> (*make)(ChannelEffects, const OutboxSettings&);
};

constexpr std::array rows{
    Row{model::ChannelKind::mail, Lane::relay, make_mail_channel},
    Row{model::ChannelKind::webhook, Lane::receiver, make_webhook_channel},
};

} // namespace

std::map<model::ChannelKind, ChannelEntry> make_channels(ChannelEffects effects, const OutboxSettings& settings) {
    std::map<model::ChannelKind, ChannelEntry> channels;
    for (const auto& row : rows) channels[row.kind] = {.lane = row.lane, .channel = row.make(effects, settings)};
    return channels;
}

} // namespace notifier
