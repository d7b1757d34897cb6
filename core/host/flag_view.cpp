#include "core/host/flag_view.hpp"

#include "core/crypto/hash.hpp"

#include <algorithm>

namespace mortise::host {
namespace {

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

// Plan and environment count as well: rules can look at them.
FlagState state_of(const flags::FlagPart& part, const flags::FlagSet& set,
                   const base::RequestContext& context) {
    if (part.flag == nullptr) return {};
    StateHash hash;
    for (const std::uint8_t byte : part.flag->digest())
        hash.number(byte);
    hash.number<std::uint8_t>(part.own);
    // Which of so many have changed is not looked at.
    hash.number<std::uint64_t>(part.whole ? 0 : set.serial());
    for (const std::string_view value :
         {part.plan_variant, part.tenant_variant, std::string_view(context.plan),
          std::string_view(context.environment)})
        hash.text(value);
    for (const auto& [user, variant] : part.users) {
        hash.text(user);
        hash.text(variant);
    }
    return hash.finish();
}

}  // namespace

FlagView view_of(const flags::FlagSet& set, const base::RequestContext& context,
                 std::span<const std::string> keys) {
    const flags::Subject subject{.tenant = context.tenant,
                                 .tenant_slug = context.tenant_slug,
                                 .plan = context.plan,
                                 .targeting_key = {},
                                 .attributes = {}};
    FlagView view;
    view.parts.reserve(keys.size());
    view.states.reserve(keys.size());
    for (const std::string& key : keys) {
        auto part = set.part(subject, key, kMaxSharedUsers);
        // Their order is that of a hash, and says nothing.
        std::sort(part.users.begin(), part.users.end());
        view.states.push_back(state_of(part, set, context));
        view.parts.push_back(std::move(part));
    }
    return view;
}

}  // namespace mortise::host
