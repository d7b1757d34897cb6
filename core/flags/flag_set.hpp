#pragma once

#include "core/base/uuid.hpp"
#include "core/flags/compiled_flag.hpp"
#include "core/flags/config_tag.hpp"
#include "core/flags/definition.hpp"
#include "core/flags/evaluation.hpp"
#include "core/flags/override_table.hpp"
#include "core/flags/text_index.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mortise::flags {

struct FlagRow {
    base::Uuid tenant;
    std::string key;
    Definition definition;
};

// An override of a variant: for a whole tenant if `targeting_key` is empty.
struct OverrideRow {
    base::Uuid tenant;
    std::string key;
    std::string targeting_key;
    std::string variant;
};

// What a tenant gets of one flag, in a form from which another process makes the same FlagSet, as far as that
// flag goes. Views live as long as the FlagSet that gave it.
struct FlagPart {
    std::string_view key;
    const CompiledFlag* flag = nullptr;  // null: there is none
    bool own = false;                    // the tenant's, not inherited
    bool killed = false;                 // switched off
    bool whole = true;                   // false: there is more to it than can be told; see part()
    std::string_view plan_variant;       // of the plan's override, or empty
    std::string_view tenant_variant;     // of the tenant's override, or empty
    std::vector<std::pair<std::string_view, std::string_view>> users;  // targeting key and variant
};

// Steps of evaluating all flags for one subject, some tens of milliseconds: more than a set of honest rules
// takes. And what a thread may spend on one request on which others wait.
inline constexpr std::uint64_t kMaxStepsOfAll = 5'000'000;
inline constexpr std::uint64_t kQuickSteps = kMaxSteps;

// What was decided of a flag as a whole. Archived: as if it weren't there, though its key stays taken.
enum class FlagSwitch : std::uint8_t { kOn, kKilled, kArchived };

// Every flag and override as of one moment; immutable, so that threads share it. Evaluating takes no lock,
// and allocates nothing unless a rule makes values that don't fit into some KiB. Precedence: switched off,
// prerequisites, schedule, user override, tenant override, plan override, rule, rollout, default variant. An
// override that names a variant which the flag hasn't is passed over.
class FlagSet {
 public:
    FlagSet() = default;
    FlagSet(std::vector<FlagRow> flags, const std::vector<OverrideRow>& overrides);
    FlagSet(FlagSet&&) = default;
    FlagSet& operator=(FlagSet&&) = default;
    FlagSet(const FlagSet&) = delete;
    FlagSet& operator=(const FlagSet&) = delete;

    Evaluation evaluate(const Subject& subject, std::string_view key) const noexcept;
    // All flags of the tenant and all that it inherits, in key order. Each has the steps that it would have
    // alone, and all together have kMaxStepsOfAll: what would need more is GENERAL. Remembers what flags that
    // others need have given.
    void evaluate_all(const Subject& subject, const std::function<void(const Evaluation&)>& sink) const;

    // The flag that the tenant is answered from under this key; null: there is none.
    const CompiledFlag* find(const base::Uuid& tenant, std::string_view key) const noexcept;

    // How many steps that may take, about and at most, for a context of so many bytes of JSON.
    std::uint64_t cost_of_all(const base::Uuid& tenant, std::size_t context_bytes) const noexcept;

    // The part for the subject's tenant and plan, without the flags that it needs. Not whole, and without the
    // overrides of users, if there are more than `most_users` of them, or it depends on large segments.
    FlagPart part(const Subject& subject, std::string_view key, std::size_t most_users) const;
    // Tells sets of one process apart: no two that were built have the same.
    std::uint64_t serial() const noexcept { return serial_; }
    // The first second after `now` (seconds since 1970) in which a schedule or a rollout changes what some
    // flag gives the tenant, its own or one of the platform's; nothing if none does.
    std::optional<std::int64_t> next_change(const base::Uuid& tenant, std::int64_t now) const noexcept;

    // What the tenant's set, or the platform's, has as metadata: a JSON object, or empty.
    std::string_view metadata(const base::Uuid& tenant) const noexcept;

    // Which configuration a tenant's flags, or the platform's, are evaluated by here, `now` in seconds since
    // 1970: what schedules and rollouts change by themselves makes another one.
    ConfigTag config_tag(const base::Uuid& tenant, std::int64_t now) const noexcept;
    std::int64_t version() const noexcept { return version_; }  // 0: of nothing loaded
    // Whether a rule looks at the time, so that what flags give may change without another configuration.
    bool asks_time(const base::Uuid& tenant) const noexcept;

    // Adds the tenants with overrides of keys that are marked, by the numbers that keys have in this set.
    void add_tenants_overriding(const std::vector<bool>& keys, std::set<base::Uuid>& tenants) const;

    std::size_t flag_count() const noexcept { return flags_.size(); }
    std::size_t override_count() const noexcept { return overrides_.size(); }
    std::size_t bytes() const noexcept;  // of memory, about

 private:
    friend class FlagSetBuilder;
    static constexpr std::uint32_t kNoGate = std::numeric_limits<std::uint32_t>::max();
    struct Slot {
        std::shared_ptr<const CompiledFlag> flag;
        std::uint32_t key = 0;
        std::uint32_t first_variant = 0;  // of variant_numbers_, which are those of its variants
        std::uint32_t gate = kNoGate;     // of gates_; most flags have none
    };
    // What is asked before everything else of a flag that has it.
    struct Gate {
        FlagSwitch state = FlagSwitch::kOn;
        std::uint32_t first_needed = 0;  // of needed_; as many as its prerequisites, and in their order
    };
    // Flags of one owner, by the order of their keys: a range of flags_.
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
        RuleCost cost = {};  // of evaluating all
        bool asks_time = false;
    };
    // When a schedule or a rollout of an owner's flags changes: a range of moments_, ascending.
    struct Moments {
        std::size_t first = 0;
        std::size_t count = 0;
    };
    // What is of one tenant, so that it is looked for once.
    struct TenantParts {
        Range own;
        OverrideTable::Tenant overrides;
        Moments moments;
        std::uint64_t marks = 0;
        std::uint64_t override_marks = 0;
    };
    // What a flag that another needs has given, and what it took: the next that needs it is charged the same,
    // so that it is answered as it would be alone.
    struct Given {
        std::string_view variant;
        std::uint64_t steps = 0;
        std::uint32_t asked = 0;
        std::uint32_t height = 0;  // of the chain of those that it needs itself
    };
    using GivenFlags = std::unordered_map<std::uint32_t, Given>;  // by their places
    // What is known of a subject before a flag is.
    struct Prepared {
        const Subject& subject;
        TenantParts of_tenant;
        std::uint32_t plan = TextIndex::kNone;
        RuleInput input;
        std::uint64_t steps_of_all = kMaxStepsOfAll;  // that are left
        GivenFlags* given = nullptr;                  // null: only one flag is asked for
        // For one flag:
        std::uint64_t steps = kMaxSteps;  // that are left
        std::uint32_t asked = 0;          // prerequisites
        std::uint32_t deepest = 0;        // of the chain of them
        bool limited = false;             // something was beyond a limit
    };

    Prepared prepare(const Subject& subject) const noexcept;
    std::span<const std::int64_t> moments(const Moments& of) const noexcept {
        return std::span(moments_).subspan(of.first, of.count);
    }
    const Slot* find(const Range& range, std::uint32_t key) const noexcept;
    Evaluation evaluate(const Slot& slot, Prepared& prepared, Arena& scratch,
                        std::uint32_t depth = 0) const noexcept;
    bool hidden(const Slot& slot, const Subject& subject) const noexcept;
    bool closed(const Slot& slot, Prepared& prepared, Arena& scratch, std::uint32_t depth,
                Evaluation& out) const noexcept;
    std::string_view ask(std::uint32_t place, Prepared& prepared, Arena& scratch,
                         std::uint32_t depth) const noexcept;
    const Given* known(std::uint32_t place, const Prepared& prepared, std::uint32_t depth) const noexcept;
    const CompiledFlag::Variant* overriding(const Slot& slot, const Prepared& prepared) const noexcept;
    std::uint32_t of_plan(const Slot& slot, const Prepared& prepared) const noexcept;
    const CompiledFlag::Variant* numbered(const Slot& slot, std::uint32_t number) const noexcept;

    std::uint64_t serial_ = 0;
    std::vector<Slot> flags_;  // by owner, and within it by key
    Range platform_;
    std::unordered_map<base::Uuid, TenantParts> tenants_;
    TextIndex keys_;      // numbered in their order
    TextIndex variants_;  // of flags and overrides
    TextIndex plans_;     // that have overrides
    std::vector<std::uint32_t> variant_numbers_;
    std::vector<Gate> gates_;
    std::vector<std::uint32_t> needed_;  // flags by their places, or kNoGate: there is no such flag
    std::vector<std::int64_t> moments_;  // by owner
    Moments platform_moments_;
    OverrideTable overrides_;
    std::unordered_map<std::uint64_t, std::uint32_t> plan_overrides_;  // plan and key to variant
    std::map<base::Uuid, std::string> metadata_;
    std::unique_ptr<Arena> texts_;  // of variants_ and plans_
    std::int64_t version_ = 0;
    std::uint64_t platform_marks_ = 0;
};

}  // namespace mortise::flags
