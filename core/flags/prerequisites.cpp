#include "core/flags/prerequisites.hpp"

#include "core/flags/definition.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMany = 1'000'000;  // sums stop here
constexpr std::size_t kLong = 64;         // beyond this nothing is followed
constexpr std::size_t kEnough = 100;      // faults

// The flags of an owner and, of a tenant, those that it inherits, as a graph of what needs what.
class PrerequisiteGraph {
 public:
    PrerequisiteGraph(const OwnerView& own, const OwnerView* platform) : own_(own), platform_(platform) {}

    // Flags beyond the limits that need a written one, or are it. First of all: what is within them is small.
    void check_sizes(const std::map<std::string, std::string, std::less<>>& written,
                     std::vector<base::FieldError>& faults) {
        for (const auto& [key, flag] : own_.flags) {
            const Node node{false, key};
            if (is_small(node)) continue;
            std::set<Node> reached;
            path_.clear();
            goes_to(node, {true, ""}, reached);  // a key that no flag has: goes everywhere
            const auto cause = std::find_if(reached.begin(), reached.end(), [&](const Node& one) {
                return !one.inherited && written.contains(one.key);
            });
            if (cause == reached.end()) continue;
            faults.push_back(
                {written.find(cause->key)->second + "/mortise/prerequisites", "too_many_prerequisites",
                 "The flag " + key +
                     " would need a chain of more than 8 flags, or more than 64 of them in all."});
            if (faults.size() >= kEnough) return;
        }
    }

    // What other flags need of this one: the variants that they name.
    void check_needing(std::string_view key, const std::string& at, std::vector<base::FieldError>& faults) {
        const Node node{false, std::string(key)};
        const auto* const definition = definition_of(node);
        if (definition == nullptr) return;
        for (const auto& [other, flag] : own_.flags) {
            for (const auto& needed : prerequisites_of({false, other})) {
                if (needed.flag != key) continue;
                for (const auto& variant : needed.variants)
                    if (definition->find(variant) == nullptr && faults.size() < kEnough)
                        faults.push_back({at + "/variants", "variant_in_use",
                                          "The flag " + other + " needs the variant " + variant + "."});
            }
        }
    }

    void check(std::string_view key, const std::string& at, std::vector<base::FieldError>& faults) {
        const Node node{false, std::string(key)};
        const auto& needed = prerequisites_of(node);
        for (std::size_t i = 0; i < needed.size(); ++i) {
            const std::string inside = at + "/mortise/prerequisites/" + std::to_string(i);
            check_one(needed[i], inside, faults);
            std::set<Node> seen;
            path_.clear();
            const auto next = resolve(node, needed[i].flag);
            if (!next || !goes_to(*next, node, seen)) continue;
            std::string text(key);
            for (const auto& step : path_)
                text += " → " + step;
            faults.push_back(
                {inside + "/flag", "prerequisite_cycle", "The flag needs itself: " + text + "."});
        }
    }

    // Whether each of its prerequisites is there, and all of them are within the limits.
    bool is_met(std::string_view key) {
        const Node node{false, std::string(key)};
        std::vector<base::FieldError> faults;
        for (const auto& needed : prerequisites_of(node))
            check_one(needed, {}, faults);
        return faults.empty() && is_small(node);
    }

 private:
    struct Node {
        bool inherited = false;
        std::string key;
        auto operator<=>(const Node&) const = default;
    };
    struct Size {
        std::size_t depth = 0;
        std::size_t asked = 0;
    };

    const Flag* find(const Node& node) const {
        const auto* const view = node.inherited ? platform_ : &own_;
        if (view == nullptr) return nullptr;
        const auto found = view->flags.find(node.key);
        return found == view->flags.end() || found->second.state.archived() ? nullptr : &found->second;
    }

    // What a flag means by a key, as FlagSetBuilder takes it: one of its owner, or else an inherited one. One
    // that is archived keeps its key, and stands for nothing.
    std::optional<Node> resolve(const Node& from, const std::string& key) const {
        Node node{from.inherited, key};
        if (!node.inherited && !own_.flags.contains(key)) node.inherited = true;
        return find(node) != nullptr ? std::optional(node) : std::nullopt;
    }

    const Definition* definition_of(const Node& node) {
        const auto* const flag = find(node);
        if (flag == nullptr) return nullptr;
        auto& read = definitions_[node];
        if (!read) {
            auto parsed = parse_definition(flag->definition, {}, Strictness::kFlagd);
            read = parsed ? *std::move(parsed) : Definition();
        }
        return &*read;
    }

    const std::vector<Prerequisite>& prerequisites_of(const Node& node) {
        static const std::vector<Prerequisite> kNone;
        const auto* const flag = find(node);
        if (flag == nullptr || flag->definition.find("\"prerequisites\"") == std::string::npos) return kNone;
        const auto* const definition = definition_of(node);
        return definition->delivery == nullptr ? kNone : definition->delivery->prerequisites;
    }

    void check_one(const Prerequisite& needed, const std::string& at, std::vector<base::FieldError>& faults) {
        const auto node = resolve({}, needed.flag);
        if (!node) {
            faults.push_back({at + "/flag", "unknown_flag",
                              "There is no flag with this key in " + own_.environment + "."});
            return;
        }
        const auto* const definition = definition_of(*node);
        for (std::size_t i = 0; i < needed.variants.size(); ++i)
            if (definition->find(needed.variants[i]) == nullptr)
                faults.push_back({at + "/variants/" + std::to_string(i), "unknown_variant",
                                  "The flag " + needed.flag + " has no such variant."});
    }

    // Depth first; `path_` has the way if there is one. Each flag is gone into once.
    bool goes_to(const Node& from, const Node& wanted, std::set<Node>& seen) {
        if (path_.size() == kLong) return false;  // too many, whatever else
        path_.push_back(from.key);
        if (from == wanted) return true;
        if (seen.insert(from).second)
            for (const auto& needed : prerequisites_of(from))
                if (const auto next = resolve(from, needed.flag); next && goes_to(*next, wanted, seen))
                    return true;
        path_.pop_back();
        return false;
    }

    bool is_small(const Node& node) {
        const auto size = size_of(node);
        return size.depth <= kMaxPrerequisiteDepth && size.asked <= kMaxPrerequisiteAsked;
    }

    Size size_of(const Node& node) {
        if (measuring_ == kLong) return {kMany, kMany};
        const auto [found, fresh] = sizes_.try_emplace(node);
        if (!fresh) return found->second;  // also of one that is being measured, in a circle that was stored
        Size size;
        for (const auto& needed : prerequisites_of(node)) {
            const auto next = resolve(node, needed.flag);
            if (!next) continue;
            ++measuring_;
            const auto inner = size_of(*next);
            --measuring_;
            size.depth = std::max(size.depth, inner.depth + 1);
            size.asked = std::min(size.asked + inner.asked + 1, kMany);
        }
        return sizes_[node] = size;
    }

    const OwnerView& own_;
    const OwnerView* const platform_;
    std::map<Node, std::optional<Definition>> definitions_;
    std::map<Node, Size> sizes_;
    std::size_t measuring_ = 0;  // flags that are being measured
    std::vector<std::string> path_;
};

base::Result<std::vector<OwnerView>> platform_view(storage::Unit& unit, const base::Uuid& tenant,
                                                   std::string_view environment) {
    if (tenant.is_nil()) return std::vector<OwnerView>();
    return affected_views(unit, base::Uuid{}, environment);
}

}  // namespace

std::vector<Prerequisite> prerequisites_in(const std::string& text) {
    if (text.find("\"prerequisites\"") == std::string::npos) return {};
    const auto definition = parse_definition(text, {}, Strictness::kFlagd);
    if (!definition || definition->delivery == nullptr) return {};
    return definition->delivery->prerequisites;
}

base::Result<std::vector<base::FieldError>> check_prerequisites(storage::Unit& unit, const base::Uuid& tenant,
                                                                const std::vector<OwnerView>& views,
                                                                std::string_view environment,
                                                                const std::vector<WrittenFlag>& written) {
    std::vector<base::FieldError> faults;
    for (const auto& view : views) {
        MORTISE_TRY_ASSIGN(const auto inherited, platform_view(unit, tenant, view.environment));
        const auto found = std::find_if(inherited.begin(), inherited.end(), [&view](const OwnerView& one) {
            return one.environment == view.environment;
        });
        PrerequisiteGraph graph(view, found == inherited.end() ? nullptr : &*found);
        std::map<std::string, std::string, std::less<>> shown;  // of what was written, in this environment
        for (const auto& [key, at] : written) {
            const auto flag = view.flags.find(key);
            if (flag != view.flags.end() &&
                (view.environment == environment || flag->second.environment == environment))
                shown.emplace(key, at);
        }
        graph.check_sizes(shown, faults);
        if (!faults.empty()) break;
        for (const auto& [key, at] : shown) {
            graph.check(key, at, faults);
            graph.check_needing(key, at, faults);
        }
        if (!faults.empty()) break;
    }
    return faults;
}

std::set<std::string, std::less<>> unmet_flags(const OwnerView& own, const OwnerView& platform) {
    PrerequisiteGraph graph(own, &platform);
    std::set<std::string, std::less<>> unmet;
    for (const auto& [key, flag] : own.flags)
        if (!graph.is_met(key)) unmet.insert(key);
    return unmet;
}

base::Result<bool> is_needed(storage::Unit& unit, const base::Uuid& tenant, std::string_view environment,
                             std::string_view key) {
    MORTISE_TRY_ASSIGN(const auto views, affected_views(unit, tenant, environment));
    for (const auto& view : views) {
        for (const auto& [other, flag] : view.flags) {
            if (other == key) continue;
            for (const auto& needed : prerequisites_in(flag.definition))
                if (needed.flag == key) return true;
        }
    }
    return false;
}

}  // namespace mortise::flags
