#pragma once

#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::licenses {

inline constexpr std::uint64_t kMaxNumber = (1ULL << 53) - 1;  // what every JSON reader keeps exactly

// Reads typed claims out of an object and keeps the first thing that is wrong, so that a reader of many
// claims stays a list; the values read after that are defaults, and refusal() must be asked before they are
// used. Internal to this library.
class ClaimReader {
 public:
    // `object` must outlive the reader.
    explicit ClaimReader(const nlohmann::json& object);

    bool has(const char* name) const;

    // A text of 1 to 255 bytes without control characters; "" if it is absent and optional.
    std::string text(const char* name, bool required = true);
    // A text of at most `max` bytes, such as a token; "" if it is absent.
    std::string long_text(const char* name, std::size_t max);
    std::optional<Seconds> time(const char* name, bool required = true);
    // A whole number of 0 to `max`.
    std::uint64_t number(const char* name, std::uint64_t max, bool required = true);
    // Texts, each once, at most `max` of them; none if absent.
    std::vector<std::string> texts(const char* name, std::size_t max);
    // Calls `read(key, value)` for each member of the object claim; nothing if absent.
    void members(const char* name, std::size_t max,
                 const std::function<void(const std::string&, const nlohmann::json&)>& read);

    // Base64url of exactly `size` bytes, or of any number of at least one if `size` is 0; decoded.
    std::string bytes(const char* name, std::size_t size, bool required = true);
    // Fails unless each member of the object is one of these: where an unknown member could narrow what is
    // granted, passing it over would grant too much.
    void only(std::initializer_list<std::string_view> known);

    void fail(std::string_view name, std::string_view why);
    void fail(Refusal refusal);
    const std::optional<Refusal>& refusal() const noexcept { return refusal_; }

 private:
    const nlohmann::json* find(const char* name, bool required);

    const nlohmann::json& object_;
    std::optional<Refusal> refusal_;
};

// Names in documents: they begin with a lower-case letter, then lower-case letters, digits, '_', '-' and '.',
// 64 at most. ASCII only, so that no two of them look alike.
bool is_name(std::string_view text) noexcept;

// A plugin's id: [a-z][a-z0-9]{1,30}.
bool is_plugin_id(std::string_view text) noexcept;

}  // namespace mortise::licenses
