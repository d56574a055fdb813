#pragma once

#include <memory>
#include <utility>

namespace model {

/// An optional value on the heap: for what few of very many have, as small as a pointer where there is none. Owns its value; copies are
/// deep. To be asked before it is read, like `std::optional`.
template <typename Value> class Boxed {
public:
    Boxed() = default;
    Boxed(Value value) : held_(std::make_unique<Value>(std::move(value))) {}                  // NOLINT(google-explicit-constructor)
    Boxed(const Boxed& other) : held_(other.held_ ? std::make_unique<Value>(*other.held_) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(const Boxed& other) {
        if (this != &other) held_ = other.held_ ? std::make_unique<Value>(*other.held_) : nullptr;
        return *this;
    }
    Boxed& operator=(Boxed&&) noexcept = default;
    ~Boxed() = default;

    [[nodiscard]] bool has_value() const { return held_ != nullptr; }
    explicit operator bool() const { return has_value(); }
    Value& operator*() { return *held_; }
    const Value& operator*() const { return *held_; }
    Value* operator->() { return held_.get(); }
    const Value* operator->() const { return held_.get(); }
    void reset() { held_.reset(); }

private:
    std::unique_ptr<Value> held_;
};

} // namespace model
