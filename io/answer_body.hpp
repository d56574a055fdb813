#pragma once

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace io {

/// Beast's Body of an answer: kept as text, or read and dropped. The parser keeps its limit.
struct AnswerBody {
    struct value_type {
        std::string text;
        bool keep = true;
    };

    class reader {
    public:
        template <bool is_request, typename Fields>
        reader(boost::beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}

        void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& error) { error = {}; }

        template <typename Buffers> std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
            error = {};
            std::size_t size = 0;
            for (auto place = boost::asio::buffer_sequence_begin(buffers); place != boost::asio::buffer_sequence_end(buffers); ++place) {
                const boost::asio::const_buffer part(*place);
                if (body_.keep) body_.text.append(static_cast<const char*>(part.data()), part.size());
                size += part.size();
            }
            return size;
        }

        void finish(boost::beast::error_code& error) { error = {}; }

    private:
        value_type& body_;
    };
};

} // namespace io
