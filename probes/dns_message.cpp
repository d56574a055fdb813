#include "probes/dns_message.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 253;
constexpr std::uint16_t class_in = 1;
constexpr int most_records = 512;
constexpr int most_jumps = 32;

constexpr std::array<std::pair<std::string_view, RecordType>, 7> types{{{"A", RecordType::a},
                                                                        {"NS", RecordType::ns},
                                                                        {"CNAME", RecordType::cname},
                                                                        {"SOA", RecordType::soa},
                                                                        {"MX", RecordType::mx},
                                                                        {"TXT", RecordType::txt},
                                                                        {"AAAA", RecordType::aaaa}}};
constexpr std::array<std::string_view, 6> codes{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

void put16(std::string& message, unsigned value) {
    message += static_cast<char>((value >> 8U) & 0xFFU);
    message += static_cast<char>(value & 0xFFU);
}

/// Walks a message. Once something does not fit, everything read is empty and `good` is false.
class Reader {
public:
    Reader(std::string_view message, std::size_t at) : message_(message), at_(at) {}

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] std::size_t at() const { return at_; }

    std::uint32_t number(std::size_t size) {
        const auto bytes = take(size);
        std::uint32_t value = 0;
        for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
        return value;
    }

    std::string_view take(std::size_t size) {
        if (!good_ || size > message_.size() - at_) {
            good_ = false;
            return {};
        }
        const auto bytes = message_.substr(at_, size);
        at_ += size;
        return bytes;
    }

    /// A name, in lower case, its labels apart by dots; what is no plain character is shown as `\DDD`. Pointers only lead
    /// backwards, so that it ends.
    std::string name() {
        std::string text;
        std::size_t place = at_;
        std::size_t lowest = at_;
        bool jumped = false;
        for (int jumps = 0; good_;) {
            if (place >= message_.size()) return broken();
            const auto length = static_cast<unsigned char>(message_[place]);
            if ((length & 0xC0U) == 0xC0U) {
                if (place + 1 >= message_.size() || ++jumps > most_jumps) return broken();
                const auto target = ((length & 0x3FU) << 8U) | static_cast<unsigned char>(message_[place + 1]);
                if (!std::exchange(jumped, true)) at_ = place + 2;
                if (target >= lowest) return broken();
                place = lowest = target;
                continue;
            }
            if (length > longest_label || place + 1 + length > message_.size()) return broken();
            if (!jumped) at_ = place + 1 + length;
            if (length == 0) return text;
            if (!text.empty()) text += '.';
            add_label(text, message_.substr(place + 1, length));
            if (text.size() > 4 * longest_name) return broken();
            place += 1 + std::size_t{length};
        }
        return {};
    }

private:
    std::string broken() {
        good_ = false;
        return {};
    }

    static void add_label(std::string& text, std::string_view label) {
        for (const char letter : label) {
            if (letter > ' ' && letter < '\x7f' && letter != '.' && letter != '\\') text += lower(letter);
            else text += fmt::format("\\{:03}", static_cast<unsigned char>(letter));
        }
    }

    std::string_view message_;
    std::size_t at_ = 0;
    bool good_ = true;
};

std::string address_text(int family, std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? "" : text.data();
}

/// The data of one record of a known type, from the reader's place to `end`; empty when it does not fill it exactly.
std::optional<std::string> data_text(RecordType type, Reader& reader, std::size_t size) {
    const auto end = reader.at() + size;
    std::string text;
    switch (type) {
    case RecordType::a:
        if (size != 4) return std::nullopt;
        text = address_text(AF_INET, reader.take(size));
        break;
    case RecordType::aaaa:
        if (size != 16) return std::nullopt;
        text = address_text(AF_INET6, reader.take(size));
        break;
    case RecordType::ns:
    case RecordType::cname: text = reader.name(); break;
    case RecordType::mx: {
        const auto preference = reader.number(2);
        text = fmt::format("{} {}", preference, reader.name());
        break;
    }
    case RecordType::soa: {
        const auto server = reader.name();
        text = fmt::format("{} {}", server, reader.name());
        for (int field = 0; field < 5; ++field) text += fmt::format(" {}", reader.number(4));
        break;
    }
    case RecordType::txt:
        while (reader.good() && reader.at() < end) text += reader.take(reader.number(1));
        break;
    }
    if (!reader.good() || reader.at() != end) return std::nullopt;
    return text;
}

struct Header {
    std::uint32_t id = 0;
    std::uint32_t flags = 0;
    std::uint32_t questions = 0;
    std::uint32_t records = 0;
};

/// The header, and the reader behind the whole header.
Header read_header(Reader& reader) {
    Header header;
    header.id = reader.number(2);
    header.flags = reader.number(2);
    header.questions = reader.number(2);
    header.records = reader.number(2);
    reader.take(4);  // the counts of the other two sections
    return header;
}

/// Whether the one question of the message is this one; the reader is behind it then.
bool repeats(Reader& reader, const Header& header, const DnsQuestion& question) {
    if (header.questions != 1) return false;
    const auto name = reader.name();
    const auto type = reader.number(2);
    const auto in = reader.number(2);
    return reader.good() && name == question.name && type == static_cast<std::uint32_t>(question.type) && in == class_in;
}

} // namespace

std::optional<RecordType> record_type_of(std::string_view word) {
    const auto found = std::ranges::find(types, word, &std::pair<std::string_view, RecordType>::first);
    return found == types.end() ? std::nullopt : std::optional(found->second);
}

std::string encode(const DnsQuestion& question) {
    std::string message;
    put16(message, question.id);
    put16(message, question.recursion ? 0x0100 : 0);
    put16(message, 1);
    message.append(header_size - message.size(), '\0');
    std::string_view rest = question.name;
    while (!rest.empty()) {
        const auto label = rest.substr(0, rest.find('.'));
        message += static_cast<char>(label.size());
        message += label;
        rest.remove_prefix(std::min(label.size() + 1, rest.size()));
    }
    message += '\0';
    put16(message, static_cast<unsigned>(question.type));
    put16(message, class_in);
    return message;
}

bool answers(std::string_view message, const DnsQuestion& question) {
    Reader reader(message, 0);
    const auto header = read_header(reader);
    if (!reader.good() || header.id != question.id || (header.flags & 0x8000U) == 0) return false;
    // a server that refuses or does not understand may leave the question out
    if (header.questions == 0) return (header.flags & 0x000FU) != 0;
    return repeats(reader, header, question);
}

std::optional<DnsAnswer> decode(std::string_view message, const DnsQuestion& question) {
    if (!answers(message, question)) return std::nullopt;
    Reader reader(message, 0);
    const auto header = read_header(reader);
    DnsAnswer answer;
    answer.truncated = (header.flags & 0x0200U) != 0;
    answer.code = static_cast<std::uint16_t>(header.flags & 0x000FU);
    if (answer.truncated || header.questions == 0) return answer;
    repeats(reader, header, question);
    if (header.records > most_records) return std::nullopt;
    for (std::uint32_t index = 0; index < header.records; ++index) {
        reader.name();
        const auto type = reader.number(2);
        const auto in = reader.number(2);
        reader.take(4);  // time to live
        const auto size = reader.number(2);
        if (type != static_cast<std::uint32_t>(question.type) || in != class_in) {
            reader.take(size);  // an alias on the way, or a signature
        } else if (auto text = data_text(question.type, reader, size)) {
            answer.records.push_back(std::move(*text));
        } else {
            return std::nullopt;
        }
        if (!reader.good()) return std::nullopt;
    }
    return answer;
}

bool is_dns_name(std::string_view name) {
    if (name == ".") return true;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > longest_name) return false;
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '-' ||
               letter == '_';
    };
    for (;;) {
        const auto label = name.substr(0, name.find('.'));
        if (label.empty() || label.size() > longest_label || !std::ranges::all_of(label, fits)) return false;
        if (label.size() == name.size()) return true;
        name.remove_prefix(label.size() + 1);
    }
}

std::string normalised(RecordType type, std::string_view text) {
    if (type == RecordType::txt) return std::string(text);
    if (type == RecordType::a || type == RecordType::aaaa) {
        const int family = type == RecordType::a ? AF_INET : AF_INET6;
        std::array<char, sizeof(in6_addr)> bytes{};
        const std::string word(text);
        return inet_pton(family, word.c_str(), bytes.data()) == 1 ? address_text(family, {bytes.data(), bytes.size()}) : word;
    }
    std::istringstream words(lowered(text));
    std::string result;
    for (std::string word; words >> word;) {
        if (word.size() > 1 && word.ends_with('.')) word.pop_back();
        result += (result.empty() ? "" : " ") + word;
    }
    return result;
}

std::string code_name(std::uint16_t code) { return code < codes.size() ? std::string(codes[code]) : fmt::format("code {}", code); }

std::optional<std::uint16_t> code_of(std::string_view name) {
    const auto found = std::ranges::find(codes, name);
    if (found == codes.end()) return std::nullopt;
    return static_cast<std::uint16_t>(found - codes.begin());
}

} // namespace probes
