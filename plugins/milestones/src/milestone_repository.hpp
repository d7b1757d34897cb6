#pragma once

#include "milestone.hpp"
#include "mortise/sql.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milestones {

// A milestone as others mention it.
struct Mention {
    mortise::sdk::Uuid id;
    std::string key;
    std::string title;
    Status status = Status::kPlanned;
    std::optional<std::string> due;
};

// What a list asks for. Absent: not filtered.
struct Filter {
    std::optional<std::string> statuses;  // ",planned,at_risk,"
    std::optional<std::string> owner;
    std::optional<mortise::sdk::Uuid> parent_id;
    bool roots = false;  // only those without a parent
    std::optional<std::string> due_from;
    std::optional<std::string> due_to;
    std::optional<std::string> q;  // ASCII letters in lower case
};

// Behind which milestone a page begins: its sorted value, key and id.
struct After {
    std::string value;
    std::string key;
    mortise::sdk::Uuid id;
};

// A milestone as the graph of an import needs it.
struct Node {
    mortise::sdk::Uuid id;
    std::string key;
    Status status = Status::kPlanned;
    std::int64_t reported_progress = 0;
    std::optional<mortise::sdk::Uuid> parent_id;
};

using Edge = std::pair<mortise::sdk::Uuid, mortise::sdk::Uuid>;  // who waits, for what

// The plugin's statements, in the call's unit of work.
class MilestoneRepository {
 public:
    explicit MilestoneRepository(mortise::sdk::Sql sql) noexcept : sql_(sql) {}

    // Makes this call the only one of its tenant that changes milestones, until its unit of work ends. Comes
    // before everything that the change is decided on.
    void lock() const;

    std::optional<Milestone> find(std::string_view key) const;
    std::optional<Milestone> find(const mortise::sdk::Uuid& id) const;
    std::vector<Milestone> list(const Filter& filter, std::string_view sort,
                                const std::optional<After>& after, std::int64_t limit) const;

    // Throws UniqueViolation if the key is taken.
    void insert(const Milestone& milestone) const;
    // Writes what can change, and raises the version. False: another change came first.
    bool update(Milestone& milestone, std::int64_t now) const;
    bool remove(const Milestone& milestone) const;

    ChildrenSummary summarize_children(const mortise::sdk::Uuid& parent) const;
    std::vector<Mention> children(const mortise::sdk::Uuid& parent, std::int64_t limit) const;
    std::vector<Mention> dependencies(const mortise::sdk::Uuid& milestone) const;
    std::vector<Mention> dependants(const mortise::sdk::Uuid& milestone, std::int64_t limit,
                                    std::string_view after = {}) const;
    void add_dependency(const mortise::sdk::Uuid& milestone, const mortise::sdk::Uuid& on) const;
    bool remove_dependency(const mortise::sdk::Uuid& milestone, const mortise::sdk::Uuid& on) const;

    // All that `start` waits for, near and far: dependencies and children.
    std::vector<Edge> awaited(const mortise::sdk::Uuid& start) const;
    std::vector<Node> nodes() const;
    std::vector<Edge> edges() const;

 private:
    mortise::sdk::Sql sql_;
};

}  // namespace milestones
