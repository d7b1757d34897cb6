#include "audit_repository.hpp"

#include <string_view>

namespace rules {
namespace {

using mortise::sdk::Query;
using mortise::sdk::Row;
using mortise::sdk::Uuid;

constexpr std::size_t kColumns = 16;

constexpr Query kInsert{"evaluation_insert"};
constexpr Query kFind{"evaluation_find", kColumns};
constexpr Query kList{"evaluation_list", kColumns};
constexpr Query kPurge{"evaluation_purge"};

AuditRecord record_of(const Row& row) {
    AuditRecord record;
    record.id = row.uuid(0);
    record.at = row.integer(1);
    record.principal = row.uuid(2);
    record.model_id = row.uuid(3);
    record.model_key = row.text(4);
    record.version = row.integer(5);
    record.is_service = row.text(6) == "decision_service";
    record.decision = row.text(7);
    record.inputs = row.maybe_text(8);
    record.inputs_hash = row.text(9);
    record.result = row.text(10);
    record.hits = row.text(11);
    record.failure = row.maybe_text(12);
    record.took_us = row.integer(13);
    record.actor = row.maybe_uuid(14);
    record.caller = row.maybe_text(15);
    return record;
}

}  // namespace

void AuditRepository::insert(const AuditRecord& r) const {
    sql_.run(kInsert, {r.id, r.at, r.principal, r.model_id, r.model_key, r.version, kind_of(r), r.decision,
                       r.inputs, r.inputs_hash, r.result, r.hits, r.failure, r.took_us, r.actor, r.caller});
}

std::optional<AuditRecord> AuditRepository::find(const Uuid& id) const {
    return sql_.one(kFind, {id}, record_of);
}

std::vector<AuditRecord> AuditRepository::newest(const AuditFilter& filter, const std::optional<Uuid>& before,
                                                 std::int64_t limit) const {
    return list(filter, before, limit, "newest");
}

std::vector<AuditRecord> AuditRepository::oldest(const AuditFilter& filter, const std::optional<Uuid>& after,
                                                 std::int64_t limit) const {
    return list(filter, after, limit, "oldest");
}

std::vector<AuditRecord> AuditRepository::list(const AuditFilter& filter, const std::optional<Uuid>& from,
                                               std::int64_t limit, std::string_view order) const {
    return sql_.all(
        kList,
        {filter.model_id, filter.version, filter.decision, filter.principal, filter.caller,
         filter.inputs_hash, filter.rule, filter.from, filter.to, filter.failed, from, limit, order},
        record_of);
}

std::int64_t AuditRepository::purge(std::int64_t time, std::int64_t most) const {
    return sql_.run(kPurge, {time, most});
}

}  // namespace rules
