// flagd's own operations: `starts_with`, `ends_with`, `sem_ver` and `fractional`. None of them fails: what
// they can't work with gives null, so that the default variant applies.
#include "core/flags/bucketing.hpp"
#include "core/flags/cbor.hpp"
#include "core/flags/machine.hpp"
#include "core/flags/murmur3.hpp"
#include "core/flags/share.hpp"

#include <algorithm>

namespace mortise::flags {
bool Machine::run_affix(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    out = Value::null();
    if (given.size() != 2 || !given[0].is_string() || !given[1].is_string()) return true;
    const auto text = given[0].text(), affix = given[1].text();
    out = Value::boolean(node.aux == 0 ? text.starts_with(affix) : text.ends_with(affix));
    return spend_on_text(affix.size());
}

bool Machine::run_sem_ver(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    out = Value::null();
    if (given.size() != 3) return true;
    const auto& test = program_.version_test(node.data);
    std::string_view text;
    if (!text_of(given[0], text)) return false;
    const auto left = parse_sem_ver(text);
    auto right = test.right;
    if (!right) {
        if (!text_of(given[2], text)) return false;
        right = parse_sem_ver(text);
    }
    auto comparison = test.comparison;
    if (!comparison) {
        if (!text_of(given[1], text)) return false;
        comparison = parse_sem_ver_operator(text);
    }
    if (left && right && comparison) out = Value::boolean(holds(*comparison, *left, *right));
    return true;
}

// Flag key and targeting key: what is bucketed by if the rule doesn't say. Null bytes if there is no such
// key.
bool Machine::both_keys(FractionalVersion version, std::string_view& bytes) noexcept {
    const auto flag = input_.flag_key, target = input_.targeting_key;
    bytes = {};
    if (target.empty()) return true;
    const auto text = bucketing_text(version, flag, target, scratch_);
    if (!text) return fail(RuleFault::kTooLarge);
    bytes = *text;
    return true;
}

// What is hashed; null bytes if there is nothing to bucket by. `leading` is the first child's value if that
// turned out to be an entry and nothing to bucket by.
bool Machine::bucketing(const Node& node, const Frame& frame, const Distribution& distribution,
                        std::string_view& bytes, Value& leading) noexcept {
    leading = Value::null();
    if (!distribution.leads_with_value) return both_keys(distribution.version, bytes);
    if (!child(node, 0, frame, leading)) return false;
    bytes = {};
    if (leading.is_array()) return both_keys(distribution.version, bytes);
    if (distribution.version == FractionalVersion::kV2) {
        if (leading.is_string()) bytes = leading.text();
    } else if (!leading.is_null()) {
        const auto encoded = encode_cbor(leading, scratch_);
        if (!encoded) return fail(RuleFault::kTooLarge);
        bytes = *encoded;
    }
    return spend_on_text(bytes.size());
}

bool Machine::run_fractional(const Node& node, const Frame& frame, Value& out) noexcept {
    const auto& distribution = program_.distribution(node.data);
    std::string_view bytes;
    Value leading;
    if (!bucketing(node, frame, distribution, bytes, leading)) return false;
    if (!distribution.fixed || leading.is_array()) return pick(node, frame, leading, bytes, out);
    out = Value::null();
    if (bytes.data() == nullptr) return true;
    const std::size_t skipped = distribution.leads_with_value ? 1 : 0;
    const auto sums = program_.sums(distribution, node.count - skipped);
    const auto bucket = (std::uint64_t{murmur3(bytes)} * distribution.total) >> 32;
    const auto found = std::upper_bound(sums.begin(), sums.end(), bucket);
    if (found == sums.end()) return true;
    const auto& entry = program_.children(node)[skipped + static_cast<std::size_t>(found - sums.begin())];
    out = program_.constant(entry.data).items()[0];
    return true;
}

// The long way: every entry is evaluated first, since one that is none makes the whole invalid.
bool Machine::pick(const Node& node, const Frame& frame, const Value& leading, std::string_view bytes,
                   Value& out) noexcept {
    const bool leads = program_.distribution(node.data).leads_with_value;
    auto* const shares = scratch_.allocate<Share>(node.count);
    if (shares == nullptr) return fail(RuleFault::kTooLarge);
    bool valid = bytes.data() != nullptr;
    double total = 0;
    std::size_t count = 0;
    for (std::size_t i = leads && !leading.is_array() ? 1 : 0; i < node.count; ++i) {
        Value entry = leading;
        if ((i > 0 || !leads) && !child(node, i, frame, entry)) return false;
        valid = valid && read_share(entry, shares[count]);
        if (valid) total += shares[count++].weight;
    }
    out = Value::null();
    if (!valid || total > kMaxTotalWeight) return true;
    const auto bucket = static_cast<double>((murmur3(bytes) * static_cast<std::uint64_t>(total)) >> 32);
    double sum = 0;
    for (const auto& share : std::span(shares, count)) {
        sum += share.weight;
        if (sum <= bucket) continue;
        out = share.variant;
        break;
    }
    return true;
}

bool Machine::run_listed(const Node& node, const Frame&, Value& out) noexcept {
    const auto key = input_.targeting_key;
    out = Value::boolean(!key.empty() && program_.keys(node.data).contains(key));
    return spend_on_text(key.size());
}

}  // namespace mortise::flags
