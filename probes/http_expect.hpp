#pragma once

#include "config/document.hpp"
#include "io/http_client.hpp"
#include "probes/json_rules.hpp"
#include "probes/text_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// A range of status codes, both ends included.
struct StatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 299;
};

/// What one header must be; of several with the name, one must fit.
struct HeaderRule {
    std::string name;     ///< lower case
    bool present = true;  ///< false: must not be there
    TextRules text;
};

/// What is wrong with an answer.
struct Finding {
    model::Reason reason = model::Reason::none;
    std::string text;  ///< for people
};

/// What an http watch takes for a good answer.
struct HttpExpect {
    std::vector<StatusRange> statuses{StatusRange{}};  ///< 200 to 299 unless told otherwise: a 3xx is a failure
    std::vector<HeaderRule> headers;
    TextRules body;
    JsonRules json;

    [[nodiscard]] bool needs_body() const { return !body.empty() || !json.empty(); }

    /// The first finding, in the order status, headers, body, JSON; nothing when the answer is as expected.
    [[nodiscard]] std::optional<Finding> broken_by(const io::HttpResponse& response) const;
};

/// `expect` of a block; `method` decides whether an answer has a body at all.
HttpExpect read_http_expect(const config::Node& expect, std::string_view method, config::Problems& problems);

/// `200-299, 404`
std::string shown(const std::vector<StatusRange>& statuses);

} // namespace probes
