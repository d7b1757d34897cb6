#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/key_list.hpp"
#include "core/flags/sem_ver.hpp"
#include "core/flags/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace mortise::flags {

// How `fractional` turns what it buckets by into bytes.
enum class FractionalVersion : std::uint8_t {
    kV2,  // as flagd has it today: the text, or flag key and targeting key one after the other
    kV3   // as flagd will have it: the value, or the array of both keys, as deterministic CBOR
};

// What a node does. The operations of JSONLogic and flagd are grouped by how they work; `Node::aux` says
// which one of the group it is.
enum class Op : std::uint8_t {
    kConstant,  // data: a constant
    kArray,     // of its children's values
    kVar,       // aux: a Root, data: a path from there, or kNoPath; a child: what else if there is no value
    kVarOf,     // aux: the Scope; children: the key, and what else
    kIf,        // condition, value, condition, value, …, otherwise
    kAnd,
    kOr,
    kNot,         // aux: 1 for a double negation
    kCompare,     // aux: a Comparison
    kStrict,      // aux: 0 for `===`, 1 for `!==`
    kArithmetic,  // aux: an Arithmetic
    kExtreme,     // aux: 0 for `min`, 1 for `max`
    kIn,
    kCat,
    kSubstr,
    kMerge,
    kMap,
    kFilter,
    kReduce,
    kQuantifier,  // aux: a Quantifier
    kMissing,     // aux: the Scope
    kMissingSome,
    kLog,
    kAffix,       // aux: 0 for `starts_with`, 1 for `ends_with`
    kSemVer,      // data: a VersionTest
    kFractional,  // data: a Distribution; children: perhaps the value to bucket by, then entries
    kListed,      // data: the keys of which the targeting key is one
};
inline constexpr std::size_t kOpCount = static_cast<std::size_t>(Op::kListed) + 1;

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kModulo };
enum class Quantifier : std::uint8_t { kAll, kSome, kNone };

// Whose values `var` and `missing` ask for; known when a rule is compiled.
enum class Scope : std::uint8_t { kRoot, kElement, kReduction };

// Where the path of a `var` begins.
enum class Root : std::uint8_t {
    kWhole,      // the context as one object
    kAttribute,  // of the context, by the path's first step
    kTargetingKey,
    kTenant,
    kPlan,
    kFlagd,  // both of the following as one object
    kFlagKey,
    kTimestamp,
    kElement,    // what a map or the like is at
    kReduction,  // of a reduce: both of the following as one object
    kCurrent,
    kAccumulator,
    kNothing,
};

struct Node {
    Op op = Op::kConstant;
    std::uint8_t aux = 0;
    // The only child is no literal list of arguments, but its value may be one.
    bool spread = false;
    std::uint16_t count = 0;  // of children, which stand one after the other
    std::uint32_t first = 0;
    std::uint32_t data = 0;
};

struct Path {
    std::uint32_t first = 0;  // of the steps
    std::uint32_t count = 0;
};

// How a `fractional` is spread, as far as it is known beforehand.
struct Distribution {
    FractionalVersion version = FractionalVersion::kV2;
    bool fixed = false;             // each entry is a constant, and valid
    bool leads_with_value = false;  // the first child is no entry
    std::uint32_t first = 0;        // of the sums, one for each entry; only if fixed
    std::uint32_t total = 0;
};

// What is known beforehand of a `sem_ver`.
struct VersionTest {
    std::optional<SemVerOperator> comparison;
    std::optional<SemVer> right;
};

// How many steps an evaluation may take, about and at most: it depends on how many values the context has.
struct RuleCost {
    std::uint64_t fixed = 0;
    std::uint64_t per_value = 0;
    RuleCost& operator+=(const RuleCost& other) noexcept {
        fixed += other.fixed;
        per_value += other.per_value;
        return *this;
    }
};

// A compiled rule: a tree in the order of evaluation's need, with its constants, in memory of its own.
// Immutable, so that threads may share it.
class Program {
 public:
    const Node& root() const noexcept { return nodes_[0]; }
    const Node* children(const Node& node) const noexcept { return nodes_.data() + node.first; }
    const Value& constant(std::uint32_t index) const noexcept { return constants_[index]; }
    std::span<const std::string_view> steps(std::uint32_t path) const noexcept {
        return std::span(steps_).subspan(paths_[path].first, paths_[path].count);
    }
    const Distribution& distribution(std::uint32_t index) const noexcept { return distributions_[index]; }
    std::span<const std::uint32_t> sums(const Distribution& distribution, std::size_t count) const noexcept {
        return std::span(sums_).subspan(distribution.first, count);
    }
    const VersionTest& version_test(std::uint32_t index) const noexcept { return version_tests_[index]; }

    const KeyList& keys(std::uint32_t index) const noexcept { return *keys_[index]; }

    // `worst` is what no evaluation may pass.
    RuleCost cost(std::uint64_t worst) const noexcept;
    // Whether its value may depend on the time by itself (`$flagd.timestamp`).
    bool asks_time() const noexcept;
    std::size_t node_count() const noexcept { return nodes_.size(); }
    std::size_t bytes() const noexcept;  // of memory, about

 private:
    friend class ProgramBuilder;

    std::vector<Node> nodes_;
    std::vector<Value> constants_;
    std::vector<Path> paths_;
    std::vector<std::string_view> steps_;
    std::vector<Distribution> distributions_;
    std::vector<std::uint32_t> sums_;
    std::vector<VersionTest> version_tests_;
    std::vector<std::shared_ptr<const KeyList>> keys_;  // shared with the other rules of the set
    std::unique_ptr<Arena> arena_;                      // what constants and steps refer to
};

}  // namespace mortise::flags
