#include "config/document.hpp"
#include "config/document_content.hpp"
#include "config/source_text.hpp"

#include <map>
#include <set>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::size_t largest_text = 1 << 20;
constexpr std::size_t deepest = 32;
constexpr std::size_t most_aliases = 100;
constexpr std::uint64_t most_nodes = 1'000'000;

/// Ends the parsing of a text that breaks a limit. Never leaves this file.
struct Stop {
    Problem problem;
};

/// Builds the tree from the parser's events. yaml-cpp's own tree would swallow duplicate keys and lose the keys' places.
class Builder final : public YAML::EventHandler {
public:
    Builder(std::string_view text, std::string file, Problems& problems) : columns_(text), file_(std::move(file)), problems_(problems) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) throw Stop{{at(mark), "a second document begins here", "Keep one document per file: remove the ---"}};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        auto content = std::make_shared<Node::Content>();
        // The mark of a value left out is that of whatever comes next: its key is the place to look at.
        const bool after_key = !frames_.empty() && frames_.back().has_key && !frames_.back().drop_value;
        content->position = after_key ? frames_.back().entry.position : at(mark);
        add(std::move(content), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto position = at(mark);
        if (++aliases_ > most_aliases) {
            throw Stop{{position, fmt::format("more than {} aliases", most_aliases), "Write the values out, or share fewer of them"}};
        }
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw Stop{{position, "an alias stands inside its own anchor", "Write the value out"}};
        place(found->second, position);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        refuse_tag(mark, tag);
        auto content = std::make_shared<Node::Content>();
        content->kind = NodeKind::scalar;
        content->position = at(mark);
        content->scalar = value;
        content->quoted = tag == "!";
        add(std::move(content), anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, NodeKind::list);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, NodeKind::map);
    }
    void OnMapEnd() override { close(); }

    [[nodiscard]] Position at(const YAML::Mark& mark) {
        if (mark.is_null()) return {file_, 0, 0};
        const auto line = static_cast<std::uint32_t>(mark.line) + 1;
        return {file_, line, columns_.column(line, static_cast<std::size_t>(mark.column))};
    }

    /// The tree; a null node for a text without a value.
    [[nodiscard]] Node root() const { return root_.present() ? root_ : Node(std::make_shared<const Node::Content>()); }

private:
    /// A list or map that is still open; of a map also the key whose value comes next.
    struct Frame {
        std::shared_ptr<Node::Content> content;
        YAML::anchor_t anchor = 0;
        bool has_key = false;
        bool drop_value = false;
        Entry entry;
        std::map<std::string, Position> keys;
    };

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        problems_.push_back({at(mark), fmt::format("the tag {} is not understood", shown(tag)), "Remove it: types follow from the key"});
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind) {
        refuse_tag(mark, tag);
        if (frames_.size() >= deepest) {
            throw Stop{
                {at(mark), fmt::format("nested deeper than {} levels", deepest), "No key of hinomi lies that deep: check the brackets"}};
        }
        Frame frame;
        frame.content = std::make_shared<Node::Content>();
        frame.content->kind = kind;
        frame.content->position = at(mark);
        frame.anchor = anchor;
        frames_.push_back(std::move(frame));
    }

    void close() {
        auto frame = std::move(frames_.back());
        frames_.pop_back();
        add(std::move(frame.content), frame.anchor);
    }

    void add(std::shared_ptr<const Node::Content> content, YAML::anchor_t anchor) {
        const auto position = content->position;
        const Node node(std::move(content));
        if (anchor != 0) anchors_[anchor] = node;
        place(node, position);
    }

    void place(const Node& node, const Position& position) {
        if (frames_.empty()) {
            root_ = node;
            return;
        }
        auto& frame = frames_.back();
        if (frame.content->kind == NodeKind::map && !frame.has_key) return take_key(frame, node, position);
        frame.has_key = false;
        if (frame.drop_value) return;
        frame.content->size += node.content()->size;
        if (frame.content->size > most_nodes) throw Stop{{position, fmt::format("more than {} values", most_nodes), "Use fewer aliases"}};
        if (frame.content->kind == NodeKind::list) {
            frame.content->items.push_back(node);
        } else {
            frame.entry.value = node;
            frame.content->entries.push_back(std::move(frame.entry));
        }
    }

    void take_key(Frame& frame, const Node& key, const Position& position) {
        frame.has_key = true;
        frame.drop_value = true;
        if (key.kind() != NodeKind::scalar) {
            problems_.push_back({position, "a key must be a word", "Write KEY: VALUE; quote text that begins with a special character"});
            return;
        }
        const auto [known, is_new] = frame.keys.emplace(key.scalar(), position);
        if (!is_new) {
            problems_.push_back({position,
                                 fmt::format("the key {} is given twice; first at line {}, column {}", shown(key.scalar()),
                                             known->second.line, known->second.column),
                                 "Keep one of the two"});
            return;
        }
        frame.drop_value = false;
        frame.entry = {key.scalar(), position, {}};
    }

    ColumnCounter columns_;
    std::string file_;
    Problems& problems_;
    std::vector<Frame> frames_;
    std::map<YAML::anchor_t, Node> anchors_;
    Node root_;
    std::size_t aliases_ = 0;
    std::size_t documents_ = 0;
};

} // namespace

Node parse(std::string_view text, const std::string& file, Problems& problems) {
    if (text.size() > largest_text) {
        problems.push_back({{file, 0, 0}, "the file is larger than 1 MiB", "Split it into files in conf.d"});
        return {};
    }
    text = without_byte_order_mark(text);
    if (const auto bad = check_text(text, file); !bad.empty()) {
        problems.insert(problems.end(), bad.begin(), bad.end());
        return {};
    }
    Builder builder(text, file, problems);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.root();
    } catch (const Stop& stop) {
        problems.push_back(stop.problem);
    } catch (const YAML::Exception& error) {
        problems.push_back(
            {builder.at(error.mark), "this is not YAML: " + error.msg, "Check indentation, quotes, brackets and colons here and above"});
    } catch (const std::exception& error) {
        problems.push_back({{file, 0, 0}, fmt::format("cannot be parsed: {}", error.what()), "Check that it is YAML"});
    }
    return {};
}

} // namespace config
