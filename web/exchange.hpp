#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

/// How much of a streamed body is made in one turn of the state thread (design section 3).
inline constexpr std::size_t piece_bytes = std::size_t{64} << 10;

/// One request, read whole and within the limits of its route.
struct Request {
    std::string method;
    std::string path;   ///< as it was sent, without the query
    std::string query;  ///< after the `?`, not decoded
    std::string body;
    std::string peer;   ///< address and port
    std::vector<std::string> certificate_names;  ///< of the client's verified certificate, its common name first; none in clear text
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order; may hold secrets: never logged

    /// The first header of that name (lower case), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// A body that is made while it is sent, so that nobody holds it whole. Used on the state thread, one turn per piece.
class BodySource {
public:
    virtual ~BodySource() = default;

    /// Appends the next piece to `piece`, about `piece_bytes`; nothing, when calculating took the turn. False: that was the last one.
    virtual bool next(std::string& piece) = 0;
};

/// What a handler answers.
struct Answer {
    std::uint16_t status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::unique_ptr<BodySource> source;  ///< instead of `body`: sent in pieces
    std::vector<std::pair<std::string, std::string>> headers;
};

/// A short text, ended by a line end.
Answer text_answer(std::uint16_t status, std::string_view text);

/// The reason phrase of a status that we send.
std::string_view reason_phrase(std::uint16_t status);

} // namespace web
