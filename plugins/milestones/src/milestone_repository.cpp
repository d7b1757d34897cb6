#include "milestone_repository.hpp"

#include "mortise/errors.hpp"

#include <algorithm>

namespace milestones {
namespace {

using mortise::sdk::Query;
using mortise::sdk::Row;
using mortise::sdk::Uuid;

constexpr std::size_t kMilestoneColumns = 15;
constexpr std::size_t kMentionColumns = 5;

constexpr Query kLock{"lock", 1};
constexpr Query kFind{"milestone_find", kMilestoneColumns};
constexpr Query kFindById{"milestone_find_by_id", kMilestoneColumns};
constexpr Query kList{"milestone_list", kMilestoneColumns};
constexpr Query kInsert{"milestone_insert"};
constexpr Query kUpdate{"milestone_update"};
constexpr Query kDelete{"milestone_delete"};
constexpr Query kChildrenSummary{"children_summary", 3};
constexpr Query kChildren{"children", kMentionColumns};
constexpr Query kDependencies{"dependencies", kMentionColumns};
constexpr Query kDependants{"dependants", kMentionColumns};
constexpr Query kDependencyInsert{"dependency_insert"};
constexpr Query kDependencyDelete{"dependency_delete"};
constexpr Query kAwaited{"awaited", 2};
constexpr Query kNodes{"nodes", 5};
constexpr Query kEdges{"edges", 2};

// A status that the table's CHECK does not know can't be stored.
Status status_of(std::string_view name) {
    return parse_status(name).value_or(Status::kPlanned);
}

std::vector<std::string> split_keys(std::string_view joined) {
    std::vector<std::string> keys;
    while (!joined.empty()) {
        const std::size_t end = std::min(joined.find(';'), joined.size());
        keys.emplace_back(joined.substr(0, end));
        joined.remove_prefix(std::min(end + 1, joined.size()));
    }
    std::ranges::sort(keys);
    return keys;
}

Milestone milestone_of(const Row& row) {
    Milestone milestone;
    milestone.id = row.uuid(0);
    milestone.key = row.text(1);
    milestone.title = row.text(2);
    milestone.description = row.maybe_text(3);
    milestone.owner = row.maybe_text(4);
    milestone.due = row.maybe_text(5);
    milestone.status = status_of(row.text(6));
    milestone.reported_progress = row.integer(7);
    milestone.version = row.integer(8);
    milestone.created_at = row.integer(9);
    milestone.updated_at = row.integer(10);
    milestone.completed_at = row.maybe_integer(11);
    milestone.parent_id = row.maybe_uuid(12);
    milestone.parent = row.maybe_text(13);
    if (!row.is_null(14)) milestone.depends_on = split_keys(row.text(14));
    return milestone;
}

Mention mention_of(const Row& row) {
    return {row.uuid(0), std::string(row.text(1)), std::string(row.text(2)), status_of(row.text(3)),
            row.maybe_text(4)};
}

Edge edge_of(const Row& row) {
    return {row.uuid(0), row.uuid(1)};
}

}  // namespace

void MilestoneRepository::lock() const {
    sql_.each(kLock, {}, [](const Row&) {});
}

std::optional<Milestone> MilestoneRepository::find(std::string_view key) const {
    return sql_.one(kFind, {key}, milestone_of);
}

std::optional<Milestone> MilestoneRepository::find(const Uuid& id) const {
    return sql_.one(kFindById, {id}, milestone_of);
}

std::vector<Milestone> MilestoneRepository::list(const Filter& filter, std::string_view sort,
                                                 const std::optional<After>& after,
                                                 std::int64_t limit) const {
    std::optional<std::string_view> value;
    std::optional<std::string_view> key;
    std::optional<Uuid> id;
    if (after) value = after->value, key = after->key, id = after->id;
    return sql_.all(kList,
                    {filter.statuses, filter.owner, filter.parent_id, filter.roots, filter.due_from,
                     filter.due_to, filter.q, value, key, id, limit, sort},
                    milestone_of);
}

void MilestoneRepository::insert(const Milestone& m) const {
    sql_.run(kInsert, {m.id, m.key, m.title, m.description, m.owner, m.due, name_of(m.status),
                       m.reported_progress, m.parent_id, m.created_at, m.completed_at});
}

bool MilestoneRepository::update(Milestone& m, std::int64_t now) const {
    const std::int64_t changed =
        sql_.run(kUpdate, {m.title, m.description, m.owner, m.due, name_of(m.status), m.reported_progress,
                           m.parent_id, now, m.completed_at, m.id, m.version});
    if (changed != 1) return false;
    m.updated_at = now;
    ++m.version;
    return true;
}

bool MilestoneRepository::remove(const Milestone& milestone) const {
    return sql_.run(kDelete, {milestone.id, milestone.version}) == 1;
}

ChildrenSummary MilestoneRepository::summarize_children(const Uuid& parent) const {
    const auto sum = [](const Row& row) {
        return ChildrenSummary{row.integer(0), row.integer(1), row.integer(2)};
    };
    return sql_.one(kChildrenSummary, {parent}, sum).value_or(ChildrenSummary{});
}

std::vector<Mention> MilestoneRepository::children(const Uuid& parent, std::int64_t limit) const {
    return sql_.all(kChildren, {parent, limit}, mention_of);
}

std::vector<Mention> MilestoneRepository::dependencies(const Uuid& milestone) const {
    return sql_.all(kDependencies, {milestone}, mention_of);
}

std::vector<Mention> MilestoneRepository::dependants(const Uuid& milestone, std::int64_t limit,
                                                     std::string_view after) const {
    return sql_.all(kDependants, {milestone, after, limit}, mention_of);
}

void MilestoneRepository::add_dependency(const Uuid& milestone, const Uuid& on) const {
    sql_.run(kDependencyInsert, {milestone, on});
}

bool MilestoneRepository::remove_dependency(const Uuid& milestone, const Uuid& on) const {
    return sql_.run(kDependencyDelete, {milestone, on}) == 1;
}

std::vector<Edge> MilestoneRepository::awaited(const Uuid& start) const {
    return sql_.all(kAwaited, {start}, edge_of);
}

std::vector<Node> MilestoneRepository::nodes() const {
    return sql_.all(kNodes, {}, [](const Row& row) {
        return Node{row.uuid(0), std::string(row.text(1)), status_of(row.text(2)), row.integer(3),
                    row.maybe_uuid(4)};
    });
}

std::vector<Edge> MilestoneRepository::edges() const {
    return sql_.all(kEdges, {}, edge_of);
}

}  // namespace milestones
