#include "milestone_service.hpp"

#include "dependency_graph.hpp"
#include "milestone_json.hpp"
#include "mortise/entity_tag.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <algorithm>
#include <limits>

namespace milestones {
namespace {

using mortise::sdk::FieldError;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::UniqueViolation;
using mortise::sdk::Uuid;

constexpr std::int64_t kShownKeys = 20;                                  // so many a problem lists
constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();  // a rule counts every one

std::string keys_json(std::string_view member, const std::vector<std::string>& keys) {
    JsonWriter json;
    json.begin_object().key(member).begin_array();
    for (const std::string& key : keys)
        json.value(key);
    return std::move(json.end_array().end_object()).text();
}

[[noreturn]] void refuse(std::string_view code, std::string detail, std::string_view member,
                         const std::vector<std::string>& keys) {
    throw Problem(409, std::string(code), std::move(detail)).with_extensions(keys_json(member, keys));
}

std::vector<std::string> keys_of(const std::vector<Mention>& mentions,
                                 const std::function<bool(const Mention&)>& wanted) {
    std::vector<std::string> keys;
    for (const Mention& mention : mentions)
        if (wanted(mention) && keys.size() < static_cast<std::size_t>(kShownKeys))
            keys.push_back(mention.key);
    return keys;
}

bool is_completed(const Mention& mention) {
    return mention.status == Status::kCompleted;
}
bool is_open(const Mention& mention) {
    return mention.status != Status::kCompleted && mention.status != Status::kCancelled;
}

[[noreturn]] void refuse_version() {
    throw Problem(412, "version_mismatch",
                  "The milestone has changed. Read it again, then repeat the change.");
}

}  // namespace

std::string etag_of(const Milestone& milestone) {
    return '"' + std::to_string(milestone.version) + '"';
}

Milestone MilestoneService::get(std::string_view key) const {
    auto found = check_key(key) ? std::nullopt : repository_.find(key);
    if (!found) throw Problem(404, "milestone_not_found", "No milestone has this key.");
    return std::move(*found);
}

Milestone MilestoneService::get_locked(std::string_view key, IfMatch if_match) const {
    repository_.lock();
    Milestone milestone = get(key);
    if (if_match && !mortise::sdk::matches_etag(*if_match, etag_of(milestone))) refuse_version();
    return milestone;
}

Milestone MilestoneService::create(const Draft& draft) const {
    const bool alone = !draft.parent && draft.depends_on.empty();
    if (!alone) repository_.lock();
    Milestone milestone = draft_to_milestone(draft);
    const std::vector<Mention> dependencies = resolve(draft.depends_on);
    try {
        repository_.insert(milestone);
    } catch (const UniqueViolation&) {
        throw Problem(409, "key_taken", "Another milestone has this key. Choose another one.");
    }
    for (const Mention& dependency : dependencies)
        repository_.add_dependency(milestone.id, dependency.id);
    milestone.depends_on = draft.depends_on;
    // Nothing waits for a new milestone but its parent.
    if (milestone.parent_id && !dependencies.empty()) check_cycle(milestone, "dependency_cycle");
    check_status_change(milestone, Status::kPlanned);
    publish("milestone.created", milestone);
    if (milestone.parent_id) settle({*milestone.parent_id}, milestone.created_at);
    return milestone;
}

Milestone MilestoneService::draft_to_milestone(const Draft& draft) const {
    const std::int64_t now = call_.now();
    Milestone milestone;
    milestone.id = call_.new_id();
    milestone.key = draft.key;
    milestone.title = draft.title;
    milestone.description = draft.description;
    milestone.owner = draft.owner;
    milestone.due = draft.due;
    milestone.reported_progress = draft.progress;
    milestone.created_at = milestone.updated_at = now;
    set_status(milestone, draft.status, now);
    set_parent(milestone, draft.parent);
    return milestone;
}

Milestone MilestoneService::change(std::string_view key, const Patch& patch, IfMatch if_match) const {
    const Milestone before = get_locked(key, if_match);
    const std::int64_t now = call_.now();
    Milestone milestone = before;
    apply(patch, milestone, now);
    if (milestone == before) return milestone;
    if (milestone.depends_on != before.depends_on) replace_dependencies(milestone, before.depends_on);
    follow_children(milestone, before.status, now);
    return finish(std::move(milestone), before, now);
}

Milestone MilestoneService::reopen(std::string_view key, IfMatch if_match) const {
    const Milestone before = get_locked(key, if_match);
    if (before.status != Status::kCompleted && before.status != Status::kCancelled)
        throw Problem(409, "transition_not_allowed", "It is open already.");
    Patch patch;
    patch.status = before.status == Status::kCompleted ? Status::kInProgress : Status::kPlanned;
    return change(key, patch, if_match);
}

void MilestoneService::apply(const Patch& patch, Milestone& milestone, std::int64_t now) const {
    if (patch.title) milestone.title = *patch.title;
    if (patch.description) milestone.description = *patch.description;
    if (patch.owner) milestone.owner = *patch.owner;
    if (patch.due) milestone.due = *patch.due;
    if (patch.parent) set_parent(milestone, *patch.parent);
    if (patch.depends_on) milestone.depends_on = *patch.depends_on;
    if (patch.progress && *patch.progress != milestone.progress()) {
        if (repository_.summarize_children(milestone.id).counted > 0)
            throw Problem(409, "progress_rolled_up", "Its progress is that of its children. Change theirs.");
        if (milestone.status == Status::kCompleted &&
            patch.status.value_or(Status::kCompleted) == milestone.status)
            throw Problem(409, "already_completed", "A completed milestone is at 100. Reopen it first.");
        milestone.reported_progress = *patch.progress;
    }
    if (!patch.status) return;
    if (!may_follow(milestone.status, *patch.status))
        throw Problem(409, "transition_not_allowed",
                      "It is " + std::string(name_of(milestone.status)) + " and can't become " +
                          std::string(name_of(*patch.status)) + " from there. Reopen it first.");
    set_status(milestone, *patch.status, now);
}

void MilestoneService::set_parent(Milestone& milestone, const std::optional<std::string>& parent) const {
    milestone.parent = parent;
    milestone.parent_id.reset();
    if (!parent) return;
    const auto found = repository_.find(*parent);
    if (!found)
        throw Problem(422, "reference_not_found",
                      "A milestone that is referred to does not exist; see errors.")
            .with_errors({{"/parent", "not_found", "No milestone has this key."}});
    milestone.parent_id = found->id;
}

std::vector<Mention> MilestoneService::resolve(const std::vector<std::string>& keys) const {
    std::vector<Mention> found;
    std::vector<FieldError> errors;
    for (const std::string& key : keys) {
        const auto milestone = repository_.find(key);
        if (milestone)
            found.push_back({milestone->id, key, milestone->title, milestone->status, milestone->due});
        else
            errors.push_back({"/depends_on", "not_found", "No milestone has the key " + key + "."});
    }
    if (!errors.empty())
        throw Problem(422, "reference_not_found",
                      "A milestone that is referred to does not exist; see errors.")
            .with_errors(errors);
    return found;
}

void MilestoneService::replace_dependencies(Milestone& milestone,
                                            const std::vector<std::string>& before) const {
    std::vector<std::string> added;
    std::ranges::set_difference(milestone.depends_on, before, std::back_inserter(added));
    for (const Mention& on : resolve(added))
        repository_.add_dependency(milestone.id, on.id);
    for (const Mention& on : repository_.dependencies(milestone.id))
        if (!std::ranges::binary_search(milestone.depends_on, on.key))
            repository_.remove_dependency(milestone.id, on.id);
}

// A milestone with children goes by them; what was asked for beyond that is refused.
void MilestoneService::follow_children(Milestone& milestone, Status before, std::int64_t now) const {
    const ChildrenSummary children = repository_.summarize_children(milestone.id);
    const Status asked = milestone.status;
    if (asked == Status::kCompleted && children.counted > 0 && !children.all_completed())
        refuse("children_incomplete", "Complete or cancel its children first.", "blocking",
               keys_of(repository_.children(milestone.id, kAll), is_open));
    roll_up(milestone, children, children.all_completed() && dependencies_completed(milestone.id), now);
    if (before == Status::kCompleted && asked != Status::kCompleted && milestone.status == Status::kCompleted)
        throw Problem(409, "children_completed",
                      "All its children are completed. Reopen one of them instead.");
}

// What a change of status asks of the milestones around.
void MilestoneService::check_status_change(const Milestone& milestone, Status before) const {
    if (milestone.status == Status::kCompleted) {
        const auto blocking = keys_of(repository_.dependencies(milestone.id), std::not_fn(is_completed));
        if (!blocking.empty())
            refuse("dependencies_incomplete", "Complete first what it depends on, or remove the dependency.",
                   "blocking", blocking);
    } else if (before == Status::kCompleted) {
        const auto blocking = keys_of(repository_.dependants(milestone.id, kAll), is_completed);
        if (!blocking.empty())
            refuse("dependants_completed",
                   milestone.key +
                       " would be open again, but what depends on it is completed. Reopen that first.",
                   "blocking", blocking);
    }
}

void MilestoneService::check_cycle(const Milestone& milestone, std::string_view code) const {
    DependencyGraph graph;
    for (const auto& [waiting, awaited] : repository_.awaited(milestone.id))
        graph.add(waiting, awaited);
    const auto cycle = graph.cycle_through(milestone.id);
    if (!cycle) return;
    std::vector<std::string> keys;
    for (const Uuid& id : *cycle)
        if (const auto member = repository_.find(id)) keys.push_back(member->key);
    refuse(code, describe_cycle(keys), "cycle", keys);
}

Milestone MilestoneService::finish(Milestone milestone, const Milestone& before, std::int64_t now) const {
    store(milestone, now);
    if (milestone.parent_id != before.parent_id)
        check_cycle(milestone, "parent_cycle");
    else if (milestone.depends_on != before.depends_on)
        check_cycle(milestone, "dependency_cycle");
    check_status_change(milestone, before.status);
    publish_change(before.status, milestone);
    settle(touched_by(before, milestone), now);
    return milestone;
}

// Whose state may follow from a change: the parents, and what waited for a completion.
std::vector<Uuid> MilestoneService::touched_by(const Milestone& before, const Milestone& after) const {
    std::vector<Uuid> touched;
    const bool moved = before.parent_id != after.parent_id;
    if (moved && before.parent_id) touched.push_back(*before.parent_id);
    if (after.parent_id && (moved || before.status != after.status || before.progress() != after.progress()))
        touched.push_back(*after.parent_id);
    if (after.status == Status::kCompleted && before.status != Status::kCompleted)
        for (const Mention& dependant : repository_.dependants(after.id, kAll))
            touched.push_back(dependant.id);
    return touched;
}

void MilestoneService::remove(std::string_view key, IfMatch if_match) const {
    const Milestone milestone = get_locked(key, if_match);
    const auto all = [](const Mention&) { return true; };
    const auto children = keys_of(repository_.children(milestone.id, kShownKeys), all);
    if (!children.empty())
        refuse("has_children", "Delete its children first, or give them another parent.", "blocking",
               children);
    const auto dependants = keys_of(repository_.dependants(milestone.id, kShownKeys), all);
    if (!dependants.empty())
        refuse("has_dependants", "Other milestones depend on it. Remove these dependencies first.",
               "blocking", dependants);
    if (!repository_.remove(milestone)) refuse_version();
    publish("milestone.deleted", milestone);
    if (milestone.parent_id) settle({*milestone.parent_id}, call_.now());
}

Milestone MilestoneService::depend(std::string_view key, std::string_view on, IfMatch if_match) const {
    const Milestone before = get_locked(key, if_match);
    const Milestone dependency = get(on);
    if (std::ranges::binary_search(before.depends_on, dependency.key)) return before;
    if (before.depends_on.size() >= kMaxDependencies)
        throw Problem(409, "too_many_dependencies",
                      "A milestone depends on at most " + std::to_string(kMaxDependencies) + " others.");
    Milestone milestone = before;
    milestone.depends_on.insert(std::ranges::upper_bound(milestone.depends_on, dependency.key),
                                dependency.key);
    repository_.add_dependency(milestone.id, dependency.id);
    return finish(std::move(milestone), before, call_.now());
}

Milestone MilestoneService::release(std::string_view key, std::string_view on, IfMatch if_match) const {
    const Milestone before = get_locked(key, if_match);
    const auto dependency = repository_.find(on);
    if (!dependency || !repository_.remove_dependency(before.id, dependency->id))
        throw Problem(404, "dependency_not_found", "The milestone does not depend on this one.");
    const std::int64_t now = call_.now();
    Milestone milestone = before;
    std::erase(milestone.depends_on, dependency->key);
    follow_children(milestone, before.status, now);
    return finish(std::move(milestone), before, now);
}

void MilestoneService::store(Milestone& milestone, std::int64_t now) const {
    if (!repository_.update(milestone, now)) refuse_version();
}

void MilestoneService::publish(std::string_view type, const Milestone& milestone) const {
    call_.publish(type, milestone.key, to_json(milestone));
}

void MilestoneService::publish_change(Status before, const Milestone& after) const {
    const bool was_closed = before == Status::kCompleted || before == Status::kCancelled;
    std::string_view type = "milestone.updated";
    if (after.status == before)
        type = "milestone.updated";
    else if (after.status == Status::kCompleted)
        type = "milestone.completed";
    else if (after.status == Status::kCancelled)
        type = "milestone.cancelled";
    else if (was_closed)
        type = "milestone.reopened";
    publish(type, after);
}

bool MilestoneService::dependencies_completed(const Uuid& id) const {
    return std::ranges::all_of(repository_.dependencies(id), is_completed);
}

// Lets parents follow their children, upwards until nothing changes. A parent that becomes completed may free
// others that waited only for it.
void MilestoneService::settle(std::vector<Uuid> pending, std::int64_t now) const {
    while (!pending.empty()) {
        auto parent = repository_.find(pending.back());
        pending.pop_back();
        if (!parent) continue;
        const ChildrenSummary children = repository_.summarize_children(parent->id);
        const Milestone before = *parent;
        const bool may_complete = children.all_completed() && dependencies_completed(parent->id);
        if (!roll_up(*parent, children, may_complete, now)) continue;
        store(*parent, now);
        check_status_change(*parent, before.status);
        publish_change(before.status, *parent);
        for (const Uuid& touched : touched_by(before, *parent))
            pending.push_back(touched);
    }
}

}  // namespace milestones
