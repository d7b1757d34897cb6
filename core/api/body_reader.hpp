#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::api {

// Reads the members of a JSON object that is a request's body, and gathers every fault, so that a client sees
// all of them at once. A member that nobody asks for is a fault too.
class BodyReader {
 public:
    explicit BodyReader(std::string_view body);
    ~BodyReader();
    BodyReader(const BodyReader&) = delete;
    BodyReader& operator=(const BodyReader&) = delete;

    // What is missing or of another type is a fault, and then answered as empty.
    std::string text(std::string_view name);
    std::vector<std::string> texts(std::string_view name);
    bool boolean(std::string_view name);

    // Absent and null are the same, and no fault.
    std::optional<std::string> optional_text(std::string_view name);
    // A whole number from `least` to `most`.
    std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t least,
                                                 std::int64_t most);
    std::optional<base::Micros> optional_time(std::string_view name);  // RFC 3339
    // Members of a merge patch (RFC 7396) that can't be removed: absent means unchanged, null is a fault.
    std::optional<std::string> changed_text(std::string_view name);
    std::optional<std::vector<std::string>> changed_texts(std::string_view name);

    // The JSON text of an object; "{}" if it is absent or null.
    std::string object_text(std::string_view name);

    // `invalid_body` (400) with every fault; to be asked before anything that was read is used.
    base::Status finish();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mortise::api
