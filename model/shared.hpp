#pragma once

#include <memory>
#include <set>
#include <utility>

namespace model {

/// A value that many may hold in common: for what very many have alike. Copies are as small as two pointers and share the value, which
/// nobody changes; `edit` gives the holder one of its own. Compares by value. Any thread, as a value of its own would be.
template <typename Value> class Shared {
public:
    Shared() : held_(plain()) {}
    Shared(Value value) : held_(std::make_shared<const Value>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
    Shared(const Shared&) = default;  // moves copy: there is always a value
    Shared& operator=(const Shared&) = default;
    ~Shared() = default;

    [[nodiscard]] const Value& operator*() const { return *held_; }
    const Value* operator->() const { return held_.get(); }
    operator const Value&() const { return *held_; }                                 // NOLINT(google-explicit-constructor)

    /// A copy that only this holder has, to be changed until the holder is copied.
    Value& edit() {
        auto own = std::make_shared<Value>(*held_);
        auto& value = *own;
        held_ = std::move(own);
        return value;
    }

    friend bool operator==(const Shared& left, const Shared& right) { return left.held_ == right.held_ || *left == *right; }

private:
    static const std::shared_ptr<const Value>& plain() {
        static const auto value = std::make_shared<const Value>();
        return value;
    }

    std::shared_ptr<const Value> held_;  // never null
};

/// Makes equal values one: each that is asked for again is shared with those that hold it already.
template <typename Value> class SharedPool {
public:
    [[nodiscard]] Shared<Value> one_of(Value value) {
        const auto known = values_.find(value);
        return known != values_.end() ? *known : *values_.insert(std::move(value)).first;
    }

private:
    struct Less {
        using is_transparent = void;
        bool operator()(const Value& left, const Value& right) const { return left < right; }
    };
    std::set<Shared<Value>, Less> values_;
};

} // namespace model
