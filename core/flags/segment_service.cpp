#include "core/flags/segment_service.hpp"

#include "core/flags/definition.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/history.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/segment.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

base::Error segment_not_found() {
    return {base::ErrorKind::kNotFound, "segment_not_found", "There is no segment with this key."};
}

base::Error segment_in_use() {
    return {base::ErrorKind::kConflict, "segment_in_use",
            "Rules of flags, evaluators or segments refer to this segment; change them first."};
}

base::Error name_taken() {
    return {base::ErrorKind::kConflict, "name_taken",
            "There is an evaluator of this name; rules could not tell them apart."};
}

base::Result<std::optional<Segment>> find_seen(storage::Unit& unit, const base::RequestContext& context,
                                               std::string_view key) {
    MORTISE_TRY_ASSIGN(auto found, repository::find_segment(unit, context.tenant, context.environment, key));
    if (found || in_production(context.environment)) return found;
    return repository::find_segment(unit, context.tenant, kProduction, key);
}

std::string trail_object_of_segment(const Segment& segment) {
    std::string object = "flag_segment:" + segment.key;
    if (!in_production(segment.environment)) object += "@" + segment.environment;
    return object;
}

bool is_evaluator(const OwnerView& view, std::string_view name) {
    return view.set.rules.evaluators != nullptr && view.set.rules.evaluators->contains(std::string(name));
}

// Whether a segment of this name may stand in these environments.
base::Status check_place(const std::vector<OwnerView>& views, std::string_view key, bool created) {
    for (const auto& view : views) {
        if (is_evaluator(view, key)) return name_taken();
        if (created && view.segments.size() >= kMaxSegments)
            return base::Error{base::ErrorKind::kConflict, "too_many_segments",
                               "There are at most 1000 segments in an environment."};
    }
    return {};
}

// Whether its rule leads to what is there, and not back to itself.
bool stands(const Segment& segment, const OwnerView& view) {
    return parse_segment(segment.definition, segment.key, view.set.rules).ok();
}

base::Status check_nothing_broken(const base::RequestContext& context, storage::Unit& unit,
                                  const std::vector<OwnerView>& before) {
    MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, context.environment));
    auto broken = newly_broken(sets_of_views(before), after, "/rule");
    if (broken.empty()) return {};
    auto error = invalid_flag(std::move(broken));
    error.code = "invalid_flag_segment";
    return error;
}

}  // namespace

Segment SegmentService::fresh_segment(const base::RequestContext& context, std::string_view key,
                                      std::int64_t version) const {
    return {.id = base::new_uuid(clock_),
            .tenant = context.tenant,
            .environment = context.environment,
            .key = std::string(key),
            .definition = {},
            .created_at = clock_.now(),
            .version = version};
}

base::Status SegmentService::store(storage::Unit& unit, const Segment& segment, bool fresh) {
    if (fresh) return repository::insert_segment(unit, segment);
    MORTISE_TRY_ASSIGN(const bool saved, repository::update_segment(unit, segment));
    if (!saved) return version_mismatch("The segment");
    return {};
}

base::Result<SegmentService::Put> SegmentService::put(const base::RequestContext& context,
                                                      storage::Unit& unit, std::string_view key,
                                                      std::string_view definition,
                                                      const tenancy::IfMatch& version) {
    if (!is_segment_key(key))
        return base::Error{base::ErrorKind::kInvalid, "invalid_segment_key",
                           "A key has 1 to 128 letters, digits, dots, hyphens and underscores."};
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto set, effective_set(unit, context.tenant, context.environment));
    MORTISE_TRY_ASSIGN(auto parsed, parse_segment(definition, key, set.definition.rules));
    MORTISE_TRY_ASSIGN(auto seen, find_seen(unit, context, key));
    if (seen ? !version.admits(seen->version) : !version.admits_creation())
        return version_mismatch("The segment");
    MORTISE_TRY_ASSIGN(const auto before, affected_views(unit, context.tenant, context.environment));
    MORTISE_TRY(check_place(before, key, !seen));
    const bool fresh = !seen || seen->environment != context.environment;
    MORTISE_TRY_ASSIGN(const auto gone, repository::gone_version(unit, context.tenant, kSegmentSpace, key));
    const auto last = std::max(gone, seen ? seen->version : 0);
    Put put{.segment = fresh ? fresh_segment(context, key, last) : *seen, .created = !seen};
    const std::string was = std::exchange(put.segment.definition, std::move(parsed.json));
    put.segment.updated_at = clock_.now();
    ++put.segment.version;
    MORTISE_TRY(store(unit, put.segment, fresh));
    MORTISE_TRY(check_nothing_broken(context, unit, before));
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kSegmentSpace,
                              .key = key,
                              .kind = kSegmentKind,
                              .subject = {},
                              .was = fresh ? std::nullopt : std::optional<std::string_view>(was),
                              .became = put.segment.definition}));
    MORTISE_TRY(tenancy::record(context, unit, clock_,
                                put.created ? "flag_segment.created" : "flag_segment.updated",
                                trail_object_of_segment(put.segment)));
    return put;
}

base::Result<Segment> SegmentService::get(const base::RequestContext& context, storage::Unit& unit,
                                          std::string_view key) {
    MORTISE_TRY_ASSIGN(auto seen, find_seen(unit, context, key));
    if (!seen) return segment_not_found();
    return *std::move(seen);
}

base::Result<std::vector<Segment>> SegmentService::list(const base::RequestContext& context,
                                                        storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto rows, repository::segments_of(unit, context.tenant));
    std::map<std::string, Segment> seen;
    for (const auto environment : {kProduction, std::string_view(context.environment)})
        for (const auto& row : rows)
            if (row.environment == environment) seen.insert_or_assign(row.key, row);
    std::vector<Segment> all;
    for (auto& [key, segment] : seen)
        all.push_back(std::move(segment));
    return all;
}

base::Status SegmentService::remove(const base::RequestContext& context, storage::Unit& unit,
                                    std::string_view key, const tenancy::IfMatch& version) {
    MORTISE_TRY(begin_write(context, unit));
    MORTISE_TRY_ASSIGN(const auto segment, get(context, unit, key));
    if (!version.admits(segment.version)) return version_mismatch("The segment");
    if (segment.environment != context.environment) return not_in_environment("The segment");
    MORTISE_TRY_ASSIGN(const auto before, affected_views(unit, context.tenant, context.environment));
    MORTISE_TRY(repository::keep_gone_version(unit, context.tenant, kSegmentSpace, key, segment.version));
    MORTISE_TRY(repository::remove_segment(unit, segment));
    MORTISE_TRY(repository::raise_segment_version(unit, context.tenant, key, segment.version + 1));
    MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, context.tenant, context.environment));
    for (const auto& view : after) {
        const auto shown = view.segments.find(key);
        if (shown == view.segments.end() ? refers_to(view, key) : !stands(shown->second, view))
            return segment_in_use();
    }
    if (!newly_broken(sets_of_views(before), after, "").empty()) return segment_in_use();
    MORTISE_TRY(keep_history(context, unit, clock_,
                             {.space = kSegmentSpace,
                              .key = key,
                              .kind = kSegmentKind,
                              .subject = {},
                              .was = segment.definition,
                              .became = {}}));
    return tenancy::record(context, unit, clock_, "flag_segment.deleted", trail_object_of_segment(segment));
}

}  // namespace mortise::flags
