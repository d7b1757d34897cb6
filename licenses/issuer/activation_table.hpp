#pragma once

#include "licenses/document/activation.hpp"
#include "licenses/issuer/ledger.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

struct ActivationRow {
    std::string id, line, installation, key;  // key: k4.public
    std::string request_id;
    licenses::Seconds issued_at = 0;
    std::optional<licenses::Seconds> not_after, released_at;
    std::string token;
};

// The activations of a ledger. What changes something belongs into the caller's transaction and adds an entry
// to the trail.
class ActivationTable {
 public:
    explicit ActivationTable(Ledger& ledger) : ledger_(ledger) {}

    void insert(const licenses::Activation& activation, std::string_view token);
    std::optional<ActivationRow> find_by_request(std::string_view request_id);
    // Throws Failure `unknown_activation`.
    ActivationRow get(std::string_view id);
    // Those of a line that are neither released nor at their end: each takes a place.
    std::vector<ActivationRow> in_use(std::string_view line);
    // The newest for an installation that isn't released, of whichever line.
    std::optional<ActivationRow> of_installation(std::string_view installation);
    // Those of a line whose place was freed.
    std::vector<std::string> released(std::string_view line);
    // Frees its place; the next revocation list names it.
    void release(const ActivationRow& row, std::string_view reason);
    void each(const std::function<void(const ActivationRow&)>& visit);

 private:
    Ledger& ledger_;
};

}  // namespace mortise::issuer
