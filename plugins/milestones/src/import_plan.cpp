#include "csv_import.hpp"
#include "dependency_graph.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace milestones {
namespace {

using mortise::sdk::Uuid;

// The tenant's milestones as they would be, stored and new ones alike.
class Planner {
 public:
    Planner(const std::vector<Node>& stored, const std::vector<Edge>& dependencies, std::int64_t now,
            CellErrors& errors)
        : now_(now), errors_(errors) {
        for (const Node& node : stored)
            add_stored(node);
        for (const auto& [waiting, awaited] : dependencies)
            at(waiting).awaits.push_back(awaited);
    }

    void add(const ImportRow& row, const Uuid& id) {
        const auto [known, fresh] = by_key_.try_emplace(row.draft.key, id);
        if (!fresh) {
            const bool stored = at(known->second).row == 0;
            errors_.add(row.row, "key", stored ? "key_taken" : "repeated_key",
                        stored ? "A milestone has this key already." : "An earlier row has this key.");
            return;
        }
        Member& member = members_.emplace(id, Member{}).first->second;
        member.row = row.row;
        member.milestone = milestone_of(row.draft, id);
        order_.push_back(id);
    }

    // Resolves the keys of all rows; every row has been added by then.
    void connect() {
        for (const Uuid& id : order_) {
            Member& member = at(id);
            if (member.row == 0) continue;
            for (const std::string& key : member.milestone.depends_on)
                if (const auto on = resolve(member.row, "depends_on", key)) member.awaits.push_back(*on);
            if (member.milestone.parent)
                member.milestone.parent_id = resolve(member.row, "parent", *member.milestone.parent);
        }
    }

    ImportPlan plan() {
        for (const Uuid& id : order_)
            connect_graph(id, at(id));
        if (const auto cycle = graph_.find_cycle())
            report_cycle(*cycle);
        else
            settle();
        if (!errors_.empty()) return {.created = {}, .dependencies = {}, .changed = {}, .cycle = cycle_};
        return result();
    }

 private:
    struct Member {
        std::size_t row = 0;  // 0: stored
        Milestone milestone;
        std::vector<Uuid> awaits;  // what it depends on
        std::vector<Uuid> children;
        bool changed = false;
        bool taken = false;  // into the plan
    };

    void add_stored(const Node& node) {
        Member& member = members_.emplace(node.id, Member{}).first->second;
        member.milestone.id = node.id;
        member.milestone.key = node.key;
        member.milestone.status = node.status;
        member.milestone.reported_progress = node.reported_progress;
        member.milestone.parent_id = node.parent_id;
        by_key_.emplace(node.key, node.id);
        order_.push_back(node.id);
    }

    Milestone milestone_of(const Draft& draft, const Uuid& id) const {
        Milestone milestone;
        milestone.id = id;
        milestone.key = draft.key;
        milestone.title = draft.title;
        milestone.description = draft.description;
        milestone.owner = draft.owner;
        milestone.due = draft.due;
        milestone.reported_progress = draft.progress;
        milestone.parent = draft.parent;
        milestone.depends_on = draft.depends_on;
        milestone.created_at = milestone.updated_at = now_;
        set_status(milestone, draft.status, now_);
        return milestone;
    }

    Member& at(const Uuid& id) { return members_.at(id); }

    std::optional<Uuid> resolve(std::size_t row, std::string_view column, const std::string& key) {
        const auto found = by_key_.find(key);
        if (found != by_key_.end()) return found->second;
        errors_.add(row, column, "not_found", "No milestone and no row has the key " + key + ".");
        return std::nullopt;
    }

    void connect_graph(const Uuid& id, Member& member) {
        for (const Uuid& awaited : member.awaits)
            graph_.add(id, awaited);
        if (!member.milestone.parent_id) return;
        graph_.add(*member.milestone.parent_id, id);
        at(*member.milestone.parent_id).children.push_back(id);
    }

    // Names the cycle at the first of its members that is a row; stored ones alone have none.
    void report_cycle(const std::vector<Uuid>& cycle) {
        std::size_t row = 0;
        for (const Uuid& id : cycle) {
            const Member& member = at(id);
            cycle_.push_back(member.milestone.key);
            if (row == 0 || (member.row != 0 && member.row < row)) row = member.row;
        }
        errors_.add(row, "depends_on", "dependency_cycle", describe_cycle(cycle_));
    }

    // Rolls progress up, each milestone behind all that it waits for, and checks what must hold then.
    void settle() {
        for (const Uuid& id : graph_.awaited_first()) {
            Member& member = at(id);
            const Status before = member.milestone.status;
            const bool may_complete = first_open(member) == nullptr;
            member.changed = roll_up(member.milestone, summarize(member), may_complete, now_);
            check(member, before);
        }
    }

    ChildrenSummary summarize(const Member& member) {
        ChildrenSummary sum;
        for (const Uuid& id : member.children) {
            const Milestone& child = at(id).milestone;
            if (child.status == Status::kCancelled) continue;
            ++sum.counted;
            sum.progress += child.progress();
            sum.completed += child.status == Status::kCompleted ? 1 : 0;
        }
        return sum;
    }

    const Member* first_open(const Member& member) {
        for (const Uuid& id : member.awaits)
            if (const Member& awaited = at(id); awaited.milestone.status != Status::kCompleted)
                return &awaited;
        return nullptr;
    }

    void check(const Member& member, Status before) {
        const Milestone& milestone = member.milestone;
        if (member.row != 0 && before == Status::kCompleted && milestone.status != before)
            errors_.add(member.row, "status", "children_incomplete", "It has a child that is not completed.");
        if (milestone.status != Status::kCompleted) return;
        const Member* open = first_open(member);
        if (open == nullptr) return;
        if (member.row != 0)
            errors_.add(member.row, "status", "dependencies_incomplete",
                        "It depends on " + open->milestone.key + ", which is not completed.");
        else
            errors_.add(row_below(*open), "parent", "dependants_completed",
                        open->milestone.key + " would be open again, but " + milestone.key +
                            ", which depends on it, is completed.");
    }

    // The row that made a stored milestone open again: a child, near or far.
    std::size_t row_below(const Member& member) {
        const Member* lower = &member;
        while (lower->row == 0) {
            const auto open = std::ranges::find_if(lower->children, [&](const Uuid& id) {
                const Member& child = at(id);
                return (child.row != 0 || child.changed) && child.milestone.status != Status::kCompleted;
            });
            if (open == lower->children.end()) break;
            lower = &at(*open);
        }
        return lower->row;
    }

    ImportPlan result() {
        ImportPlan plan;
        std::vector<Uuid> parents_first = graph_.awaited_first();
        std::ranges::reverse(parents_first);
        for (const Uuid& id : parents_first)
            take(id, plan);
        for (const Uuid& id : order_)  // those that neither wait nor are waited for
            take(id, plan);
        return plan;
    }

    void take(const Uuid& id, ImportPlan& plan) {
        Member& member = at(id);
        if (std::exchange(member.taken, true)) return;
        Milestone& milestone = member.milestone;
        if (member.row == 0) {
            if (member.changed)
                plan.changed.push_back({id, milestone.key, milestone.status, milestone.reported_progress});
            return;
        }
        for (const Uuid& on : member.awaits)
            plan.dependencies.emplace_back(id, on);
        plan.created.push_back(std::move(milestone));
    }

    std::int64_t now_;
    CellErrors& errors_;
    std::unordered_map<Uuid, Member> members_;
    std::unordered_map<std::string, Uuid> by_key_;
    std::vector<Uuid> order_;
    std::vector<std::string> cycle_;
    DependencyGraph graph_;
};

}  // namespace

ImportPlan plan_import(const std::vector<ImportRow>& rows, const std::vector<Node>& stored,
                       const std::vector<Edge>& stored_dependencies, std::int64_t now,
                       const std::function<Uuid()>& new_id, CellErrors& errors) {
    Planner planner(stored, stored_dependencies, now, errors);
    for (const ImportRow& row : rows)
        planner.add(row, new_id());
    planner.connect();
    return errors.empty() ? planner.plan() : ImportPlan{};
}

}  // namespace milestones
