#include "core/host/flag_view.hpp"

#include "core/crypto/hash.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace mortise::host {
namespace {

using flags::FlagPart;

class StateHash {
 public:
    template <class Number>
    void number(Number value) {
        hasher_.update({reinterpret_cast<const char*>(&value), sizeof(value)});
    }
    void text(std::string_view value) {
        number<std::uint64_t>(value.size());
        hasher_.update(value);
    }
    FlagState finish() {
        const auto whole = hasher_.finish();
        FlagState state;
        std::copy_n(whole.begin(), state.size(), state.begin());
        return state;
    }

 private:
    crypto::Hasher hasher_{crypto::HashAlgorithm::kBlake2b256};
};

// How often the flag has changed by itself so far.
std::uint32_t phase_of(const flags::Delivery& delivery, std::int64_t now) {
    const base::Micros at = now * base::kMicrosPerSecond;
    std::uint32_t phase = 0;
    const auto count = [&](base::Micros step) { phase += at >= step ? 1U : 0U; };
    count(delivery.schedule.from);
    count(delivery.schedule.until);
    for (const auto& rollout : delivery.rollout)
        for (const auto& step : rollout.steps)
            count(step.at);
    return phase;
}

// Gathers a view: the flags that are listed, then what they need.
class ViewMaker {
 public:
    ViewMaker(const flags::FlagSet& set, const base::RequestContext& context, std::int64_t now)
        : set_(set),
          context_(context),
          now_(now),
          subject_{.tenant = context.tenant,
                   .tenant_slug = context.tenant_slug,
                   .plan = context.plan,
                   .targeting_key = {},
                   .attributes = {}} {}

    FlagView make(std::span<const std::string> keys) {
        for (const std::string& key : keys)
            add(key);
        listed_ = keys.size();
        add_needed();
        spread_what_is_not_whole();
        FlagView view;
        for (std::size_t i = 0; i < listed_; ++i)
            view.states.push_back(state_with_needs(i));
        view.parts = std::move(parts_);
        return view;
    }

 private:
    void add(std::string_view key) {
        numbers_[key] = parts_.size();
        auto& part = parts_.emplace_back(set_.part(subject_, key, kMaxSharedUsers));
        // Their order is that of a hash, and says nothing.
        std::sort(part.users.begin(), part.users.end());
        states_.push_back(state_of(part));
        needs_.emplace_back();
    }

    static std::span<const flags::Prerequisite> prerequisites_of(const FlagPart& part) {
        const auto* const delivery = part.flag == nullptr ? nullptr : part.flag->delivery();
        if (delivery == nullptr) return {};
        return delivery->prerequisites;
    }

    void add_needed() {
        for (std::size_t i = 0; i < parts_.size(); ++i)
            for (const auto& needed : prerequisites_of(parts_[i])) {
                if (!numbers_.contains(needed.flag)) {
                    if (parts_.size() >= listed_ + kMaxNeededFlags) {
                        parts_[i].whole = false;
                        break;
                    }
                    add(needed.flag);
                }
                const std::size_t number = numbers_[needed.flag];
                needs_[i].push_back(number);
                // A flag of the platform needs the platform's, also where the tenant has one of that key.
                if (!parts_[i].own && parts_[number].own) parts_[i].whole = false;
            }
    }

    void spread_what_is_not_whole() {
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t i = 0; i < parts_.size(); ++i)
                for (const std::size_t needed : needs_[i])
                    if (parts_[i].whole && parts_[needed].flag != nullptr && !parts_[needed].whole) {
                        parts_[i].whole = false;
                        changed = true;
                    }
        }
    }

    // Plan and environment count as well: rules can look at them.
    FlagState state_of(const FlagPart& part) const {
        if (part.flag == nullptr) return {};
        StateHash hash;
        hash.number(part.flag->digest());
        hash.number<std::uint8_t>(part.own);
        hash.number<std::uint8_t>(part.killed);
        // Which of so many have changed is not looked at.
        hash.number<std::uint64_t>(part.whole ? 0 : set_.serial());
        if (const auto* const delivery = part.flag->delivery()) hash.number(phase_of(*delivery, now_));
        for (const std::string_view value :
             {part.plan_variant, part.tenant_variant, std::string_view(context_.plan),
              std::string_view(context_.environment)})
            hash.text(value);
        for (const auto& [user, variant] : part.users) {
            hash.text(user);
            hash.text(variant);
        }
        return hash.finish();
    }

    // Of the flag and of all that it needs, directly or not.
    FlagState state_with_needs(std::size_t number) const {
        if (needs_[number].empty() && parts_[number].whole) return states_[number];
        StateHash hash;
        hash.number<std::uint64_t>(parts_[number].whole ? 0 : set_.serial());
        std::vector<std::size_t> all = {number};
        for (std::size_t i = 0; i < all.size(); ++i) {
            hash.number(states_[all[i]]);
            for (const std::size_t needed : needs_[all[i]])
                if (std::find(all.begin(), all.end(), needed) == all.end()) all.push_back(needed);
        }
        return hash.finish();
    }

    const flags::FlagSet& set_;
    const base::RequestContext& context_;
    const std::int64_t now_;
    const flags::Subject subject_;
    std::size_t listed_ = 0;
    std::vector<FlagPart> parts_;
    std::vector<FlagState> states_;                // each by itself
    std::vector<std::vector<std::size_t>> needs_;  // by number
    std::map<std::string_view, std::size_t> numbers_;
};

}  // namespace

FlagView view_of(const flags::FlagSet& set, const base::RequestContext& context,
                 std::span<const std::string> keys, std::int64_t now) {
    return ViewMaker(set, context, now).make(keys);
}

}  // namespace mortise::host
