#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// The types of records that a dns watch may ask for, by their numbers (RFC 1035, RFC 3596).
enum class RecordType : std::uint16_t { a = 1, ns = 2, cname = 5, soa = 6, mx = 15, txt = 16, aaaa = 28 };

/// `A`, `AAAA` and so on; nothing for other words.
std::optional<RecordType> record_type_of(std::string_view word);

struct DnsQuestion {
    std::uint16_t id = 0;
    std::string name;  ///< lower case, without the final dot; empty: the root
    RecordType type = RecordType::a;
    bool recursion = true;
};

struct DnsAnswer {
    bool truncated = false;
    std::uint16_t code = 0;             ///< the response code: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN
    std::vector<std::string> records;   ///< the answers of the type asked for, as `normalised` writes them
};

/// The question as a message (RFC 1035, 4.1), class IN. Names that do not fit were refused by `is_dns_name`.
std::string encode(const DnsQuestion& question);

/// Whether `message` is a response to `question`: its id, and the question repeated.
bool answers(std::string_view message, const DnsQuestion& question);

/// What `message` says; nothing when it is broken. Reads nothing outside of it, and no name of more than 255 bytes, whatever it
/// says; the time is linear in its size.
std::optional<DnsAnswer> decode(std::string_view message, const DnsQuestion& question);

/// Labels of 1 to 63 characters (letters, digits, - and _), at most 253 in all; or nothing but a dot, the root.
bool is_dns_name(std::string_view name);

/// Record data as an operator may write it and as `decode` does: addresses in their shortest form, names in lower case
/// without the final dot, one space between words. Texts stay as they are.
std::string normalised(RecordType type, std::string_view text);

/// `NOERROR`, `NXDOMAIN`; a number for what has no name here.
std::string code_name(std::uint16_t code);
std::optional<std::uint16_t> code_of(std::string_view name);

} // namespace probes
