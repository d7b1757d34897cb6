#include "core/flags/flag_set_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <iterator>
#include <string>
#include <utility>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_both;
using tenancy::read_one;

const std::vector<Type> kSetColumns{Type::kUuid, Type::kText, Type::kTime, Type::kInteger};
const std::vector<Type> kSetColumnsIn{Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kText};
#define MORTISE_SET_COLUMNS "tenant_id, definition, updated_at, version"
const Statement kFindSet{"flags.find_set",
                         "SELECT " MORTISE_SET_COLUMNS " FROM flag_sets WHERE tenant_id = $1",
                         {Type::kUuid},
                         kSetColumns};
const Statement kFindSetIn{
    "flags.find_set_in",
    "SELECT " MORTISE_SET_COLUMNS
    ", environment FROM environment_flag_sets WHERE tenant_id = $1 AND environment = $2",
    {Type::kUuid, Type::kText},
    kSetColumnsIn};
const Statement kSetsOfIn{
    "flags.sets_of_in",
    "SELECT " MORTISE_SET_COLUMNS
    ", environment FROM environment_flag_sets WHERE tenant_id = $1 ORDER BY environment",
    {Type::kUuid},
    kSetColumnsIn};
const Statement kAllSets{"flags.all_sets", "SELECT " MORTISE_SET_COLUMNS " FROM flag_sets", {}, kSetColumns};
const Statement kAllSetsIn{"flags.all_sets_in",
                           "SELECT " MORTISE_SET_COLUMNS ", environment FROM environment_flag_sets",
                           {},
                           kSetColumnsIn};
const Statement kInsertSet{
    "flags.insert_set",
    "INSERT INTO flag_sets (tenant_id, definition, updated_at, version) VALUES ($1, $2, $3, $4)",
    kSetColumns};
const Statement kInsertSetIn{"flags.insert_set_in",
                             "INSERT INTO environment_flag_sets (tenant_id, definition, updated_at, version, "
                             "environment) VALUES ($1, $2, $3, $4, $5)",
                             kSetColumnsIn};
const Statement kUpdateSet{"flags.update_set",
                           "UPDATE flag_sets SET definition = $2, updated_at = $3, version = $4 "
                           "WHERE tenant_id = $1 AND version = $5",
                           {Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kInteger}};
const Statement kUpdateSetIn{
    "flags.update_set_in",
    "UPDATE environment_flag_sets SET definition = $2, updated_at = $3, version = $4 "
    "WHERE tenant_id = $1 AND version = $5 AND environment = $6",
    {Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kInteger, Type::kText}};
const Statement kDeleteSet{"flags.delete_set", "DELETE FROM flag_sets WHERE tenant_id = $1", {Type::kUuid}};
const Statement kDeleteSetIn{"flags.delete_set_in",
                             "DELETE FROM environment_flag_sets WHERE tenant_id = $1 AND environment = $2",
                             {Type::kUuid, Type::kText}};

#define MORTISE_SEGMENT_COLUMNS "id, tenant_id, environment, key, definition, created_at, updated_at, version"
const std::vector<Type> kSegmentColumns{Type::kUuid, Type::kUuid, Type::kText, Type::kText,
                                        Type::kText, Type::kTime, Type::kTime, Type::kInteger};
const Statement kFindSegment{"flags.find_segment",
                             "SELECT " MORTISE_SEGMENT_COLUMNS
                             " FROM flag_segments "
                             "WHERE tenant_id = $1 AND key = $2 AND environment = $3",
                             {Type::kUuid, Type::kText, Type::kText},
                             kSegmentColumns};
const Statement kSegmentsOf{"flags.segments_of",
                            "SELECT " MORTISE_SEGMENT_COLUMNS
                            " FROM flag_segments WHERE tenant_id = $1 ORDER BY key, environment",
                            {Type::kUuid},
                            kSegmentColumns};
const Statement kAllSegments{
    "flags.all_segments", "SELECT " MORTISE_SEGMENT_COLUMNS " FROM flag_segments", {}, kSegmentColumns};
const Statement kInsertSegment{"flags.insert_segment",
                               "INSERT INTO flag_segments (" MORTISE_SEGMENT_COLUMNS
                               ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                               kSegmentColumns};
const Statement kUpdateSegment{"flags.update_segment",
                               "UPDATE flag_segments SET definition = $2, updated_at = $3, version = $4 "
                               "WHERE id = $1 AND version = $5",
                               {Type::kUuid, Type::kText, Type::kTime, Type::kInteger, Type::kInteger}};
const Statement kDeleteSegment{
    "flags.delete_segment", "DELETE FROM flag_segments WHERE id = $1", {Type::kUuid}};

const Statement kRaiseSet{"flags.raise_set_version",
                          "UPDATE flag_sets SET version = $2 WHERE tenant_id = $1 AND version < $2",
                          {Type::kUuid, Type::kInteger}};
const Statement kRaiseSegment{"flags.raise_segment_version",
                              "UPDATE flag_segments SET version = $4 "
                              "WHERE tenant_id = $1 AND key = $2 AND environment = $3 AND version < $4",
                              {Type::kUuid, Type::kText, Type::kText, Type::kInteger}};

const std::vector<Statement> kDeleteShared{
    {"flags.delete_sets_of_tenant", "DELETE FROM flag_sets WHERE tenant_id = $1", {Type::kUuid}},
    {"flags.delete_sets_of_tenant_in",
     "DELETE FROM environment_flag_sets WHERE tenant_id = $1",
     {Type::kUuid}},
    {"flags.delete_segments_of_tenant", "DELETE FROM flag_segments WHERE tenant_id = $1", {Type::kUuid}}};
const std::vector<Statement> kDeleteSharedIn{
    {"flags.delete_sets_in", "DELETE FROM environment_flag_sets WHERE environment = $1", {Type::kText}},
    {"flags.delete_segments_in", "DELETE FROM flag_segments WHERE environment = $1", {Type::kText}}};

base::Result<StoredSet> read_set(const storage::Row& row) {
    return StoredSet{.tenant = row.uuid(0),
                     .environment = std::string(row.size() > 4 ? row.text(4) : kProduction),
                     .definition = std::string(row.text(1)),
                     .updated_at = row.integer(2),
                     .version = row.integer(3)};
}

base::Result<Segment> read_segment(const storage::Row& row) {
    return Segment{.id = row.uuid(0),
                   .tenant = row.uuid(1),
                   .environment = std::string(row.text(2)),
                   .key = std::string(row.text(3)),
                   .definition = std::string(row.text(4)),
                   .created_at = row.integer(5),
                   .updated_at = row.integer(6),
                   .version = row.integer(7)};
}

}  // namespace

base::Result<std::optional<StoredSet>> find_set(storage::Unit& unit, const base::Uuid& tenant,
                                                std::string_view environment) {
    if (in_production(environment)) return read_one(unit, kFindSet, {tenant}, read_set);
    return read_one(unit, kFindSetIn, {tenant, environment}, read_set);
}

base::Result<std::vector<StoredSet>> sets_of(storage::Unit& unit, const base::Uuid& tenant) {
    return read_both(unit, kFindSet, kSetsOfIn, {tenant}, read_set);
}

base::Result<std::vector<StoredSet>> all_sets(storage::Unit& unit) {
    return read_both(unit, kAllSets, kAllSetsIn, {}, read_set);
}

base::Result<bool> put_set(storage::Unit& unit, const StoredSet& set, bool fresh) {
    const bool production = in_production(set.environment);
    const std::string_view definition = set.definition, environment = set.environment;
    if (fresh) {
        if (production) {
            MORTISE_TRY(unit.run(kInsertSet, {set.tenant, definition, set.updated_at, set.version}));
        } else {
            MORTISE_TRY(
                unit.run(kInsertSetIn, {set.tenant, definition, set.updated_at, set.version, environment}));
        }
        return true;
    }
    MORTISE_TRY_ASSIGN(
        const auto changed,
        production
            ? unit.run(kUpdateSet, {set.tenant, definition, set.updated_at, set.version, set.version - 1})
            : unit.run(kUpdateSetIn,
                       {set.tenant, definition, set.updated_at, set.version, set.version - 1, environment}));
    return changed == 1;
}

base::Status remove_set(storage::Unit& unit, const base::Uuid& tenant, std::string_view environment) {
    if (in_production(environment)) {
        MORTISE_TRY(unit.run(kDeleteSet, {tenant}));
    } else {
        MORTISE_TRY(unit.run(kDeleteSetIn, {tenant, environment}));
    }
    return {};
}

base::Result<std::optional<Segment>> find_segment(storage::Unit& unit, const base::Uuid& tenant,
                                                  std::string_view environment, std::string_view key) {
    return read_one(unit, kFindSegment, {tenant, key, environment}, read_segment);
}

base::Result<std::vector<Segment>> segments_of(storage::Unit& unit, const base::Uuid& tenant) {
    return read_all(unit, kSegmentsOf, {tenant}, read_segment);
}

base::Result<std::vector<Segment>> all_segments(storage::Unit& unit) {
    return read_all(unit, kAllSegments, {}, read_segment);
}

base::Status insert_segment(storage::Unit& unit, const Segment& segment) {
    MORTISE_TRY(unit.run(kInsertSegment, {segment.id, segment.tenant, std::string_view(segment.environment),
                                          std::string_view(segment.key), std::string_view(segment.definition),
                                          segment.created_at, segment.updated_at, segment.version}));
    return {};
}

base::Result<bool> update_segment(storage::Unit& unit, const Segment& segment) {
    MORTISE_TRY_ASSIGN(const auto changed,
                       unit.run(kUpdateSegment, {segment.id, std::string_view(segment.definition),
                                                 segment.updated_at, segment.version, segment.version - 1}));
    return changed == 1;
}

base::Status remove_segment(storage::Unit& unit, const Segment& segment) {
    MORTISE_TRY(unit.run(kDeleteSegment, {segment.id}));
    return {};
}

base::Status raise_set_version(storage::Unit& unit, const base::Uuid& tenant, std::int64_t least) {
    MORTISE_TRY(unit.run(kRaiseSet, {tenant, least}));
    return {};
}

base::Status raise_segment_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                                   std::int64_t least) {
    MORTISE_TRY(unit.run(kRaiseSegment, {tenant, key, kProduction, least}));
    return {};
}

base::Status remove_shared(storage::Unit& unit, const base::Uuid& tenant) {
    for (const auto& statement : kDeleteShared)
        MORTISE_TRY(unit.run(statement, {tenant}));
    return {};
}

base::Status remove_shared_in(storage::Unit& unit, std::string_view environment) {
    for (const auto& statement : kDeleteSharedIn)
        MORTISE_TRY(unit.run(statement, {environment}));
    return {};
}

}  // namespace mortise::flags::repository
