#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace mortise::tenancy {

// The condition of an If-Match, or of If-None-Match: * (RFC 9110, sections 13.1.1 and 13.1.2), over versions.
// It converts from what is at hand: nothing (no condition), or the one version that is admitted.
class IfMatch {
 public:
    IfMatch() = default;
    IfMatch(std::nullopt_t) {}
    IfMatch(std::int64_t version) : given_(true), versions_{version} {}
    IfMatch(std::optional<std::int64_t> version) {
        if (version) *this = IfMatch(*version);
    }
    // "*": anything, as long as it exists.
    static IfMatch existing() {
        IfMatch any;
        any.given_ = any.every_ = true;
        return any;
    }
    static IfMatch any_of(std::vector<std::int64_t> versions) {
        IfMatch some;
        some.given_ = true;
        some.versions_ = std::move(versions);
        return some;
    }

    // If-None-Match: *, nothing that exists.
    static IfMatch absent() {
        IfMatch none = any_of({});
        none.creates_ = true;
        return none;
    }

    // Whether a change of what has this version may go on.
    bool admits(std::int64_t version) const {
        return !given_ || every_ || std::find(versions_.begin(), versions_.end(), version) != versions_.end();
    }
    // Whether it may be created, being not there yet.
    bool admits_creation() const noexcept { return !given_ || creates_; }

 private:
    bool given_ = false;
    bool every_ = false;
    bool creates_ = false;
    std::vector<std::int64_t> versions_;
};

}  // namespace mortise::tenancy
