#include "core/flags/change_set.hpp"

#include "core/flags/flag_service.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/segment.hpp"
#include "core/flags/segment_service.hpp"
#include "core/flags/set_definition.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array<std::string_view, 9> kOps{"put_flag",       "delete_flag",  "archive_flag",
                                               "unarchive_flag", "put_flag_set", "put_segment",
                                               "delete_segment", "put_override", "delete_override"};
constexpr std::size_t kMaxPlanName = 64;

// What an operation has beside its name.
struct Needs {
    bool key = true;
    bool definition = false;
    bool variant = false;
    bool whose = false;  // perhaps a targeting key or a plan
};

Needs needs_of(ChangeOp op) noexcept {
    switch (op) {
        case ChangeOp::kPutFlag:
            return {.definition = true};
        case ChangeOp::kDeleteFlag:
        case ChangeOp::kArchiveFlag:
        case ChangeOp::kUnarchiveFlag:
        case ChangeOp::kDeleteSegment:
            return {};
        case ChangeOp::kPutSegment:
            return {.definition = true};
        case ChangeOp::kPutFlagSet:
            return {.key = false, .definition = true};
        case ChangeOp::kPutOverride:
            return {.variant = true, .whose = true};
        case ChangeOp::kDeleteOverride:
            return {.whose = true};
    }
    return {};
}

class ChangeReader {
 public:
    explicit ChangeReader(std::vector<base::FieldError>& faults) : faults_(faults) {}

    PlannedChange read(const json& item, std::string at) {
        at_ = std::move(at);
        PlannedChange change;
        if (!item.is_object()) {
            add("", "wrong_type", "A change is an object.");
            return change;
        }
        const auto op = item.find("op");
        const auto known = op == item.end() || !op->is_string()
                               ? kOps.end()
                               : std::find(kOps.begin(), kOps.end(), op->get_ref<const std::string&>());
        if (known == kOps.end()) {
            add("/op", "invalid_op", "There is no such op.");
            return change;
        }
        change.op = static_cast<ChangeOp>(known - kOps.begin());
        read_members(item, needs_of(change.op), change);
        return change;
    }

 private:
    void add(const std::string& pointer, std::string code, std::string detail) {
        faults_.push_back({at_ + pointer, std::move(code), std::move(detail)});
    }

    void read_members(const json& item, const Needs& needs, PlannedChange& change) {
        std::set<std::string_view> known{"op"};
        if (needs.key) change.key = text(item, "key", known, true);
        if (needs.variant) change.variant = text(item, "variant", known, true);
        if (needs.whose) {
            change.targeting_key = text(item, "targeting_key", known, false);
            change.plan = text(item, "plan", known, false);
        }
        if (needs.definition) {
            known.insert("definition");
            const auto found = item.find("definition");
            if (found == item.end() || !found->is_object())
                add("/definition", "wrong_type", "The definition is an object.");
            else
                change.definition = found->dump();
        }
        for (const auto& [name, value] : item.items())
            if (!known.contains(name)) add("/" + name, "unknown_member", "This op has no such member.");
        check(needs, change);
    }

    std::string text(const json& item, const char* name, std::set<std::string_view>& known, bool needed) {
        known.insert(name);
        const auto found = item.find(name);
        if (found == item.end() || found->is_null()) {
            if (needed) add(std::string("/") + name, "required", "This member is required.");
            return {};
        }
        if (found->is_string() && !found->get_ref<const std::string&>().empty())
            return found->get<std::string>();
        add(std::string("/") + name, "wrong_type", "This member is a string that is not empty.");
        return {};
    }

    void check(const Needs& needs, const PlannedChange& change) {
        if (needs.key && !change.key.empty() && !is_flag_key(change.key))
            add("/key", "invalid_flag_key", "A key has 1 to 128 bytes of UTF-8 without control characters.");
        if (change.targeting_key.size() > kMaxTargetingKey)
            add("/targeting_key", "invalid_targeting_key", "A targeting key has 1 to 256 bytes.");
        if (change.plan.size() > kMaxPlanName) add("/plan", "plan_not_found", "No plan has such a name.");
        if (!change.plan.empty() && !change.targeting_key.empty())
            add("/plan", "invalid_override", "An override is a user's, a plan's or the tenant's.");
    }

    std::vector<base::FieldError>& faults_;
    std::string at_;
};

base::Error faulty(std::vector<base::FieldError> faults) {
    if (faults.size() > 100) faults.resize(100);
    return {base::ErrorKind::kInvalid,
            "invalid_body",
            "The body has faults; see `errors`.",
            {},
            std::move(faults)};
}

bool is_override(const PlannedChange& change) noexcept {
    return change.op == ChangeOp::kPutOverride || change.op == ChangeOp::kDeleteOverride;
}

bool is_segment(const PlannedChange& change) noexcept {
    return change.op == ChangeOp::kPutSegment || change.op == ChangeOp::kDeleteSegment;
}

auto target_of(const PlannedChange& change) {
    return std::tuple(is_override(change), is_segment(change), change.key, change.targeting_key, change.plan);
}

std::string name_of(const base::Uuid& id, std::int64_t version) {
    return id.to_string() + ":" + std::to_string(version);
}

// The base of something that may be missing, for which `code` is the error.
template <class T>
base::Result<std::string> base_of(const base::Result<T>& found, std::string_view code) {
    if (found) return name_of(found->id, found->version);
    if (found.error().code == code) return std::string();
    return base::Error(found.error());
}

base::Result<std::string> base_of(const base::RequestContext& context, storage::Unit& unit,
                                  const ChangeMakers& makers, const PlannedChange& change) {
    if (change.op == ChangeOp::kPutFlagSet) {
        MORTISE_TRY_ASSIGN(const auto set, makers.flags.get_set(context, unit));
        return set.version == 0 ? std::string() : name_of(set.tenant, set.version);
    }
    if (is_segment(change))
        return base_of(makers.segments.get(context, unit, change.key), "segment_not_found");
    if (is_override(change) && !change.plan.empty())
        return base_of(makers.flags.get_plan_override(context, unit, change.key, change.plan),
                       "override_not_found");
    if (is_override(change))
        return base_of(makers.flags.get_override(context, unit, change.key, change.targeting_key),
                       "override_not_found");
    const auto flag = makers.flags.get(context, unit, change.key);
    if (flag && flag->tenant != context.tenant) return std::string();  // inherited
    return base_of(flag, "flag_not_found");
}

// The error of one change, with pointers from the whole.
base::Error located(base::Error error, std::size_t index, std::string_view below) {
    const std::string at = "/changes/" + std::to_string(index);
    if (error.fields.empty()) error.fields.push_back({"", error.code, error.detail});
    for (auto& field : error.fields)
        field.pointer =
            at + std::string(field.pointer.starts_with("/$evaluators/") ? "" : below) + field.pointer;
    return error;
}

base::Status apply_one(const base::RequestContext& context, storage::Unit& unit, const ChangeMakers& makers,
                       const PlannedChange& change) {
    switch (change.op) {
        case ChangeOp::kPutFlag:
            MORTISE_TRY(makers.flags.put(context, unit, change.key, change.definition, {}));
            return {};
        case ChangeOp::kDeleteFlag:
            return makers.flags.remove(context, unit, change.key, {});
        case ChangeOp::kArchiveFlag:
            MORTISE_TRY(makers.flags.archive(context, unit, change.key));
            return {};
        case ChangeOp::kUnarchiveFlag:
            MORTISE_TRY(makers.flags.unarchive(context, unit, change.key));
            return {};
        case ChangeOp::kPutSegment:
            MORTISE_TRY(makers.segments.put(context, unit, change.key, change.definition));
            return {};
        case ChangeOp::kDeleteSegment:
            return makers.segments.remove(context, unit, change.key);
        case ChangeOp::kPutFlagSet:
            MORTISE_TRY(makers.flags.put_set(context, unit, change.definition, {}));
            return {};
        case ChangeOp::kPutOverride:
            if (change.plan.empty())
                MORTISE_TRY(makers.flags.put_override(context, unit, change.key, change.targeting_key,
                                                      change.variant));
            else
                MORTISE_TRY(
                    makers.flags.put_plan_override(context, unit, change.key, change.plan, change.variant));
            return {};
        case ChangeOp::kDeleteOverride:
            return change.plan.empty()
                       ? makers.flags.remove_override(context, unit, change.key, change.targeting_key)
                       : makers.flags.remove_plan_override(context, unit, change.key, change.plan);
    }
    return {};
}

}  // namespace

base::Result<ChangeSet> parse_changes(const json& changes) {
    if (!changes.is_array() || changes.empty() || changes.size() > kMaxPlannedChanges)
        return faulty({{"/changes", "invalid_changes", "The changes are a list of 1 to 100."}});
    std::vector<base::FieldError> faults;
    ChangeSet set;
    std::set<decltype(target_of(std::declval<PlannedChange>()))> targets;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const std::string at = "/changes/" + std::to_string(i);
        set.push_back(ChangeReader(faults).read(changes[i], at));
        if (faults.empty() && !targets.insert(target_of(set.back())).second)
            faults.push_back({at, "repeated_change", "Another change is of the same thing."});
    }
    if (!faults.empty()) return faulty(std::move(faults));
    return set;
}

ordered_json to_json(const ChangeSet& changes, bool bases) {
    auto list = ordered_json::array();
    for (const auto& change : changes) {
        ordered_json item{{"op", kOps[static_cast<std::size_t>(change.op)]}};
        const auto add = [&item](const char* name, const std::string& text) {
            if (!text.empty()) item[name] = text;
        };
        add("key", change.key);
        add("targeting_key", change.targeting_key);
        add("plan", change.plan);
        add("variant", change.variant);
        if (!change.definition.empty()) item["definition"] = ordered_json::parse(change.definition);
        if (bases) item["base"] = change.base;
        list.push_back(std::move(item));
    }
    return list;
}

base::Result<ChangeSet> read_stored_changes(std::string_view text) {
    auto list = json::parse(text, nullptr, false);
    if (!list.is_array()) return base::internal_error("the stored changes of a request are no list");
    std::vector<std::string> bases;
    for (auto& item : list) {
        bases.push_back(item.value("base", ""));
        item.erase("base");
    }
    MORTISE_TRY_ASSIGN(auto set, parse_changes(list));
    for (std::size_t i = 0; i < set.size(); ++i)
        set[i].base = std::move(bases[i]);
    return set;
}

// By what is shared once the request's own changes of that are made; what only shows then, applying shows.
base::Status check_changes(const base::RequestContext& context, storage::Unit& unit,
                           const ChangeSet& changes) {
    MORTISE_TRY_ASSIGN(auto shared, effective_set(unit, context.tenant, context.environment));
    RuleSet rules = shared.definition.rules;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].op != ChangeOp::kPutSegment) continue;
        auto parsed = parse_segment(changes[i].definition, changes[i].key, rules);
        if (!parsed) return located(std::move(parsed).error(), i, "/definition");
        auto segments = rules.segments == nullptr ? SegmentRules() : *rules.segments;
        segments.insert_or_assign(changes[i].key, std::move(parsed->rule));
        rules.segments = std::make_shared<const SegmentRules>(std::move(segments));
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].op != ChangeOp::kPutFlagSet) continue;
        auto parsed = parse_set(changes[i].definition, rules.segments);
        if (!parsed) return located(std::move(parsed).error(), i, "/definition");
        const auto segments = rules.segments;
        rules = std::move(parsed->rules);
        rules.segments = segments;
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].op != ChangeOp::kPutFlag) continue;
        auto parsed = parse_definition(changes[i].definition, rules);
        if (!parsed) return located(std::move(parsed).error(), i, "/definition");
    }
    return {};
}

base::Result<std::vector<std::string>> bases_now(const base::RequestContext& context, storage::Unit& unit,
                                                 const ChangeMakers& makers, const ChangeSet& changes) {
    std::vector<std::string> bases;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto base = base_of(context, unit, makers, changes[i]);
        if (!base) return located(std::move(base).error(), i, "");
        bases.push_back(*std::move(base));
    }
    return bases;
}

// What flags refer to goes first, and what refers to a flag last.
base::Status apply_changes(const base::RequestContext& context, storage::Unit& unit,
                           const ChangeMakers& makers, const ChangeSet& changes) {
    for (const auto op : {ChangeOp::kUnarchiveFlag, ChangeOp::kDeleteOverride, ChangeOp::kPutSegment,
                          ChangeOp::kPutFlagSet, ChangeOp::kPutFlag, ChangeOp::kPutOverride,
                          ChangeOp::kDeleteFlag, ChangeOp::kArchiveFlag, ChangeOp::kDeleteSegment}) {
        for (std::size_t i = 0; i < changes.size(); ++i) {
            if (changes[i].op != op) continue;
            auto done = apply_one(context, unit, makers, changes[i]);
            if (!done) return located(std::move(done).error(), i, "");
        }
    }
    return {};
}

}  // namespace mortise::flags
