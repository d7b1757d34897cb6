#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::flags {

// Which configuration a tenant's flags were evaluated by. Every node makes the same of the same rows.
struct ConfigTag {
    std::int64_t version = 0;       // of the snapshot of all flags; rises with every change, whoever's
    std::uint64_t fingerprint = 0;  // of what concerns the one tenant

    bool operator==(const ConfigTag&) const = default;
    // "<version>-<16 hexadecimal digits>": the `etag` and the id of OFREP's events, opaque to clients.
    std::string to_text() const;
    std::string fingerprint_text() const;  // the digits alone
    // Of exactly that form; a version below 0 is none.
    static std::optional<ConfigTag> parse(std::string_view text) noexcept;
};

// Fingerprints are sums of such marks, one for each row, so that their order doesn't matter. 64 bits: no two
// configurations meet by chance, and whoever makes two meet on purpose misses his own events.
class Mark {
 public:
    Mark& add(std::string_view text) noexcept;  // with its length, so that two texts don't run together
    Mark& add(std::uint64_t number) noexcept;
    std::uint64_t value() const noexcept;

 private:
    std::uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace mortise::flags
