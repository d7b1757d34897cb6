#pragma once

#include "draft.hpp"
#include "milestone.hpp"
#include "milestone_repository.hpp"
#include "mortise/call.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milestones {

// The rules that need what is stored: hierarchy, dependencies, versions. Every change publishes its event in
// the call's unit of work, also those of parents that follow their children. Throws Problem; after that the
// unit rolls back.
class MilestoneService {
 public:
    explicit MilestoneService(const mortise::sdk::Call& call) : call_(call), repository_(call.sql()) {}

    const MilestoneRepository& repository() const noexcept { return repository_; }

    // 404 `milestone_not_found`.
    Milestone get(std::string_view key) const;

    // 409 `key_taken`, `dependencies_incomplete`, `dependency_cycle`; 422 `reference_not_found`.
    Milestone create(const Draft& draft) const;

    // `if_match` is the header, if it came: 412 `version_mismatch`.
    using IfMatch = std::optional<std::string_view>;
    Milestone change(std::string_view key, const Patch& patch, IfMatch if_match) const;
    // A completed milestone comes back as in_progress, a cancelled one as planned.
    Milestone reopen(std::string_view key, IfMatch if_match) const;
    void remove(std::string_view key, IfMatch if_match) const;

    // Adds or removes one dependency. Answers the milestone as it is then.
    Milestone depend(std::string_view key, std::string_view on, IfMatch if_match) const;
    Milestone release(std::string_view key, std::string_view on, IfMatch if_match) const;

    // Publishes what became of a milestone.
    void publish(std::string_view type, const Milestone& milestone) const;
    void publish_change(Status before, const Milestone& after) const;

    // Writes a milestone that was read under the lock.
    void store(Milestone& milestone, std::int64_t now) const;

 private:
    Milestone get_locked(std::string_view key, IfMatch if_match) const;
    Milestone draft_to_milestone(const Draft& draft) const;
    void apply(const Patch& patch, Milestone& milestone, std::int64_t now) const;
    void set_parent(Milestone& milestone, const std::optional<std::string>& parent) const;
    std::vector<Mention> resolve(const std::vector<std::string>& keys) const;
    void replace_dependencies(Milestone& milestone, const std::vector<std::string>& keys) const;
    void follow_children(Milestone& milestone, Status before, std::int64_t now) const;
    void check_status_change(const Milestone& milestone, Status before) const;
    void check_cycle(const Milestone& milestone, std::string_view code) const;
    Milestone finish(Milestone milestone, const Milestone& before, std::int64_t now) const;
    std::vector<mortise::sdk::Uuid> touched_by(const Milestone& before, const Milestone& after) const;
    bool dependencies_completed(const mortise::sdk::Uuid& id) const;
    void settle(std::vector<mortise::sdk::Uuid> pending, std::int64_t now) const;

    const mortise::sdk::Call& call_;
    MilestoneRepository repository_;
};

std::string etag_of(const Milestone& milestone);

}  // namespace milestones
