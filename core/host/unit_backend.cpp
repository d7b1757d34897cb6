#include "core/host/unit_backend.hpp"

#include "core/host/row_batch.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace mortise::host {
namespace {

using base::Error;
using storage::Value;

mortise_status status_of(const Error& error) noexcept {
    static constexpr std::array<std::pair<std::string_view, mortise_status>, 14> kTable = {{
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
    }};
    for (const auto& [code, status] : kTable)
        if (code == error.code) return status;
    return MORTISE_E_INTERNAL;
}

}  // namespace

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
    RowBatch batch(sink);
    const auto result = unit_.run(
        **statement, bound,
        sink == nullptr ? storage::RowSink() : [&](const storage::Row& row) { return batch.add(row); });
    if (!result.ok()) {
        if (!storage_error_) storage_error_ = result.error();
        return status_of(result.error());
    }
    if (const mortise_status sent = batch.finish(); sent != MORTISE_OK) return sent;
    changed = *result;
    return MORTISE_OK;
}

}  // namespace mortise::host
