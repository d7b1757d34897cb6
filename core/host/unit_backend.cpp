#include "core/host/unit_backend.hpp"

#include "core/host/row_batch.hpp"
#include "core/tenancy/quota.hpp"
#include "mortise/abi/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace mortise::host {

using base::Error;
using storage::Value;

mortise_status status_of(const Error& error) noexcept {
    static constexpr std::array<std::pair<std::string_view, mortise_status>, 15> kTable = {{
        {storage::kUnique, MORTISE_E_UNIQUE},
        {storage::kForeignKey, MORTISE_E_FOREIGN_KEY},
        {storage::kCheck, MORTISE_E_CHECK},
        {storage::kBusy, MORTISE_E_BUSY},
        {storage::kSerialization, MORTISE_E_BUSY},
        {storage::kStatementTimeout, MORTISE_E_TIMEOUT},
        {storage::kDenied, MORTISE_E_DENIED},
        {storage::kTooBig, MORTISE_E_TOO_BIG},
        {storage::kFull, MORTISE_E_UNAVAILABLE},
        {storage::kReadOnly, MORTISE_E_UNAVAILABLE},
        {storage::kTooManyFiles, MORTISE_E_UNAVAILABLE},
        {storage::kOutOfMemory, MORTISE_E_UNAVAILABLE},
        {storage::kLost, MORTISE_E_UNAVAILABLE},
        {"invalid_parameter", MORTISE_E_INVALID},
        {tenancy::kLimitReached, MORTISE_E_LIMIT},
    }};
    for (const auto& [code, status] : kTable)
        if (code == error.code) return status;
    return MORTISE_E_INTERNAL;
}

// Null if the manifest does not ask for the service.
const licensing::Snapshot* UnitBackend::licence() {
    if (licence_ == nullptr && manifest_.asks_for(MORTISE_LICENSE_1)) licence_ = parts_.licence.snapshot();
    return licence_.get();
}

void UnitBackend::give_back_counts() noexcept {
    for (const auto& [meter, amount] : counted_)
        parts_.licence.give_back(context_, meter, amount);
}

// What is answered is not taken back because there is no memory to count it.
void UnitBackend::count_flags(std::span<const flags::FlagCount> counts) noexcept {
    try {
        parts_.count_flags(context_, flags_, counts);
    } catch (const std::bad_alloc&) {  // not counted
    }
}

mortise_status UnitBackend::read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) {
    read = std::min<std::uint64_t>(capacity, body_.size());
    if (read > 0) std::memcpy(buffer, body_.data(), read);
    body_.remove_prefix(read);
    return MORTISE_OK;
}

mortise_status UnitBackend::settings(std::string& json) {
    json = parts_.settings(context_.tenant, manifest_.id);
    return MORTISE_OK;
}

mortise_status UnitBackend::run(std::string_view name, std::span<const Value> values,
                                const mortise_sink* sink, std::int64_t& changed) {
    const auto found = statements_.find(name);
    if (found == statements_.end()) return MORTISE_E_NOT_FOUND;
    std::vector<Value> bound;
    const auto statement = found->second->select(values, bound);
    if (!statement.ok()) {
        parts_.log.warn("a plugin ran a statement with wrong values",
                        {{"plugin", std::string_view(manifest_.id)},
                         {"reason", std::string_view(statement.error().detail)}});
        return MORTISE_E_INVALID;
    }
    const bool writes = found->second->writes();
    if (writes && link_.access != unit_.access()) return refuse_write();
    wrote_ = wrote_ || writes;
    RowBatch batch(sink);
    const auto result = unit_.run(
        **statement, bound,
        sink == nullptr ? storage::RowSink() : [&](const storage::Row& row) { return batch.add(row); });
    if (!result.ok()) {
        if (!health_.storage_error) health_.storage_error = result.error();
        return status_of(result.error());
    }
    if (const mortise_status sent = batch.finish(); sent != MORTISE_OK) return sent;
    changed = *result;
    return MORTISE_OK;
}

// The unit of a method that reads may be one that writes, so that the database would let it; that of a call
// that reads first must be opened anew.
mortise_status UnitBackend::refuse_write() {
    if (link_.access == storage::Access::kRead) return MORTISE_E_DENIED;
    if (!health_.storage_error) health_.storage_error = needs_writer();
    return MORTISE_E_BUSY;
}

mortise_status UnitBackend::entitled(std::string_view feature, bool& yes) {
    const licensing::Snapshot* held = licence();
    if (held == nullptr) return MORTISE_E_DENIED;
    // Asked of the sorted names themselves: what a worker's program links is kept small.
    yes = std::binary_search(held->features.begin(), held->features.end(), feature);
    return MORTISE_OK;
}

mortise_status UnitBackend::limit(std::string_view name, Allowance& allowance) {
    if (licence() == nullptr) return MORTISE_E_DENIED;
    const auto rule = parts_.licence.limit(context_, name);
    if (!rule) return MORTISE_E_NOT_FOUND;
    allowance = {std::min(rule->total, rule->of_tenant.value_or(rule->total)), rule->soft};
    return MORTISE_OK;
}

const flags::FlagSet* UnitBackend::flags() {
    if (flags_ == nullptr && manifest_.asks_for(MORTISE_FLAGS_1)) flags_ = parts_.flags(context_);
    return flags_.get();
}

mortise_status UnitBackend::flag(const FlagQuestion& question, flags::Evaluation& answer) {
    const flags::FlagSet* set = flags();
    if (set == nullptr || !(manifest_.any_flag || manifest_.flag_number(question.key)))
        return MORTISE_E_DENIED;
    answer = set->evaluate({.tenant = context_.tenant,
                            .tenant_slug = context_.tenant_slug,
                            .plan = context_.plan,
                            .targeting_key = question.targeting_key,
                            .attributes = question.attributes,
                            .now = parts_.clock.now() / base::kMicrosPerSecond},
                           question.key);
    if (!answered_) answered_.emplace();
    answered_->count(answer, [this](auto counts) { count_flags(counts); });
    return MORTISE_OK;
}

mortise_status UnitBackend::count(std::string_view meter, std::uint64_t amount) {
    if (licence() == nullptr || !manifest_.counts(meter)) return MORTISE_E_DENIED;
    std::string name = fmt::format("{}.{}", manifest_.id, meter);
    counted_.reserve(counted_.size() + 1);  // so that nothing can fail between counting and keeping it
    if (const auto counted = parts_.licence.count(context_, name, amount); !counted.ok())
        return status_of(counted.error());
    keep_count(std::move(name), amount);
    return MORTISE_OK;
}

void UnitBackend::keep_count(std::string meter, std::uint64_t amount) {
    const auto same = std::find_if(counted_.begin(), counted_.end(),
                                   [&](const auto& entry) { return entry.first == meter; });
    if (same == counted_.end())
        counted_.emplace_back(std::move(meter), amount);
    else
        same->second += amount;
}

}  // namespace mortise::host
