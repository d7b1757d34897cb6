#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rules::dmn {

enum class Severity : std::uint8_t {
    kError,    // what stands there yields null, or cannot be read at all
    kWarning,  // it works, though probably not as meant
};

// One thing that is wrong with a model. `code` is stable, `reason` a sentence for whoever drew the model.
struct Fault {
    Severity severity = Severity::kError;
    std::string source;      // the document's name, as the caller gave it
    std::string element_id;  // empty where the element has none
    std::uint32_t line = 0;  // 0: unknown
    std::string code;
    std::string reason;
};

// The first so many faults of a compilation, and whether there were more.
class Faults {
 public:
    explicit Faults(std::size_t most = 1'000) : most_(most) {}

    void push_back(Fault fault) {
        has_errors_ = has_errors_ || fault.severity == Severity::kError;
        if (list_.size() < most_)
            list_.push_back(std::move(fault));
        else
            complete_ = false;
    }

    bool empty() const { return list_.empty(); }
    std::size_t size() const { return list_.size(); }
    auto begin() const { return list_.begin(); }
    auto end() const { return list_.end(); }
    const Fault& operator[](std::size_t at) const { return list_[at]; }
    bool has_errors() const { return has_errors_; }
    bool complete() const { return complete_; }

 private:
    std::size_t most_;
    std::vector<Fault> list_;
    bool has_errors_ = false;
    bool complete_ = true;
};

}  // namespace rules::dmn
