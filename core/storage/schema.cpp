#include "core/storage/schema.hpp"

#include "core/crypto/hash.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mortise::storage {
namespace {

std::int32_t fingerprint(const std::vector<MigrationSet>& sets) {
    std::vector<std::string> lines;
    for (const auto& set : sets)
        for (const auto& step : set.steps)
            lines.push_back(set.owner + ' ' + std::to_string(step.version) + ' ' + checksum(step) + '\n');
    if (lines.empty()) return 0;
    std::ranges::sort(lines);
    std::string all;
    for (const auto& line : lines)
        all += line;
    const auto digest = crypto::blake2b_256(all);
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = (number << 8) | digest[i];
    // 0 is what a file without a schema has.
    return number == 0 ? 1 : static_cast<std::int32_t>(number);
}

}  // namespace

base::Status SchemaRegistry::declare(const MigrationSet& set) {
    std::lock_guard lock(mutex_);
    MORTISE_TRY(pending(set, applied_[set.owner]));
    auto next = std::make_shared<Schema>(*schema_);
    const auto found = std::ranges::find(next->sets, set.owner, &MigrationSet::owner);
    if (found == next->sets.end())
        next->sets.push_back(set);
    else
        *found = set;
    next->fingerprint = fingerprint(next->sets);
    schema_ = std::move(next);
    return {};
}

void SchemaRegistry::applied(const Schema& schema) const {
    std::lock_guard lock(mutex_);
    if (std::exchange(applied_fingerprint_, schema.fingerprint) == schema.fingerprint) return;
    for (const auto& set : schema.sets) {
        auto& known = applied_[set.owner];
        for (std::size_t i = known.size(); i < set.steps.size(); ++i)
            known.push_back({set.steps[i].version, set.steps[i].name, checksum(set.steps[i])});
    }
}

std::shared_ptr<const Schema> SchemaRegistry::current() const {
    std::lock_guard lock(mutex_);
    return schema_;
}

}  // namespace mortise::storage
