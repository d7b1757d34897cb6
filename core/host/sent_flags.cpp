#include "core/host/sent_flags.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace mortise::host {
namespace {

using flags::FlagPart;

constexpr std::size_t kOverrideBytes = 32;  // beside its texts

// What a worker holds of the part, about.
std::size_t weight_of(const FlagPart& part) {
    std::size_t bytes = part.flag->bytes();
    for (const auto& [user, variant] : part.users)
        bytes += user.size() + variant.size() + kOverrideBytes;
    return bytes;
}

// Whether all that the part needs goes into the frame, or is not there.
bool has_needs(const FlagView& view, const std::vector<const FlagPart*>& chosen, const FlagPart& part) {
    const auto* const delivery = part.flag->delivery();
    if (delivery == nullptr) return true;
    return std::all_of(
        delivery->prerequisites.begin(), delivery->prerequisites.end(), [&](const auto& needed) {
            const auto found = std::find_if(view.parts.begin(), view.parts.end(),
                                            [&](const FlagPart& one) { return one.key == needed.flag; });
            return found != view.parts.end() &&
                   (found->flag == nullptr ||
                    chosen[static_cast<std::size_t>(found - view.parts.begin())] != nullptr);
        });
}

// Which parts go into the frame; the others are asked of the host.
std::vector<const FlagPart*> choose(const FlagView& view, std::size_t& bytes) {
    std::vector<const FlagPart*> chosen;
    std::set<const flags::RulesText*> counted = {nullptr};
    for (const FlagPart& part : view.parts) {
        chosen.push_back(nullptr);
        if (part.flag == nullptr || !part.whole) continue;
        const auto* const rules = part.flag->rules().get();
        const std::size_t weight = weight_of(part) + (counted.contains(rules) ? 0 : rules->json.size());
        if (bytes + weight > kMaxHeldBytes) continue;
        bytes += weight;
        counted.insert(rules);
        chosen.back() = &part;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (const FlagPart*& part : chosen)
            if (part != nullptr && !has_needs(view, chosen, *part)) {
                part = nullptr;
                changed = true;
            }
    }
    return chosen;
}

void write_overrides(FrameWriter& frame, const FlagPart& part) {
    frame.text(part.plan_variant).text(part.tenant_variant);
    frame.number(static_cast<std::uint32_t>(part.users.size()));
    for (const auto& [user, variant] : part.users)
        frame.text(user).text(variant);
}

}  // namespace

// Texts that several flags share, each once.
class SentFlags::RuleTexts {
 public:
    // From 1 on; 0: none.
    std::uint32_t number(const std::shared_ptr<const flags::RulesText>& rules) {
        if (rules == nullptr) return 0;
        const auto found = std::find(texts_.begin(), texts_.end(), &rules->json);
        if (found != texts_.end()) return static_cast<std::uint32_t>(found - texts_.begin()) + 1;
        texts_.push_back(&rules->json);
        return static_cast<std::uint32_t>(texts_.size());
    }
    const std::vector<const std::string*>& all() const noexcept { return texts_; }

 private:
    std::vector<const std::string*> texts_;
};

SentFlags::Place& SentFlags::place_for(const base::Uuid& tenant) {
    const auto of_tenant = [&](const Place& place) { return place.taken && place.tenant == tenant; };
    if (last_ >= places_.size() || !of_tenant(places_[last_])) {
        auto found = std::find_if(places_.begin(), places_.end(), of_tenant);
        if (found == places_.end())
            found =
                std::find_if(places_.begin(), places_.end(), [](const Place& place) { return !place.taken; });
        if (found == places_.end() && places_.size() < kMaxHeldTenants)
            found = places_.insert(places_.end(), Place());
        if (found == places_.end())
            found = std::min_element(places_.begin(), places_.end(),
                                     [](const Place& a, const Place& b) { return a.used < b.used; });
        last_ = static_cast<std::size_t>(found - places_.begin());
    }
    places_[last_].used = ++calls_;
    return places_[last_];
}

void SentFlags::send_nothing_new(Channel& channel) const {
    channel.frame(FrameType::kFlags).number(static_cast<std::uint32_t>(last_)).number(std::uint8_t{0});
}

void SentFlags::show(Channel& channel, const flags::FlagSet& set, const base::RequestContext& context,
                     std::span<const std::string> keys, std::int64_t now) {
    Place& place = place_for(context.tenant);
    const bool known = place.taken && place.tenant == context.tenant;
    if (known && place.moment.is(set, context, now)) return send_nothing_new(channel);
    FlagView view = view_of(set, context, keys, now);
    if (known && place.states == view.states) {
        send_nothing_new(channel);
    } else {
        send(channel, place, view, context);
        place.states = std::move(view.states);
    }
    place.taken = true;
    place.tenant = context.tenant;
    place.moment = FlagMoment::of(set, context, now);
}

// Frees the places that were not used for longest, until so many bytes more fit.
std::vector<std::uint32_t> SentFlags::make_room(const Place& wanted, std::size_t bytes) {
    std::vector<std::uint32_t> freed;
    while (bytes_ - wanted.bytes + bytes > kMaxHeldBytesInAll) {
        Place* oldest = nullptr;
        for (Place& place : places_)
            if (&place != &wanted && place.bytes > 0 && (oldest == nullptr || place.used < oldest->used))
                oldest = &place;
        if (oldest == nullptr) break;
        hold(*oldest, {});
        bytes_ -= oldest->bytes;
        *oldest = Place();
        freed.push_back(static_cast<std::uint32_t>(oldest - places_.data()));
    }
    return freed;
}

// What no place holds any more the worker forgets as well.
void SentFlags::hold(Place& place, std::vector<flags::FlagDigest> digests) {
    for (const auto& digest : digests)
        ++held_[digest];
    for (const auto& digest : std::exchange(place.digests, std::move(digests)))
        if (const auto found = held_.find(digest); --found->second == 0) held_.erase(found);
}

// With its definition, unless the worker has that.
void SentFlags::write_flag(FrameWriter& frame, const flags::FlagPart& part, RuleTexts& rules,
                           std::vector<flags::FlagDigest>& digests) const {
    const auto& flag = *part.flag;
    const bool known = held_.contains(flag.digest());
    frame.number(static_cast<std::uint8_t>(part.own)).number(static_cast<std::uint8_t>(part.killed));
    frame.number(flag.digest()).number(static_cast<std::uint8_t>(!known));
    if (!known) frame.text(flag.definition()).number(rules.number(flag.rules()));
    write_overrides(frame, part);
    digests.push_back(flag.digest());
}

void SentFlags::send(Channel& channel, Place& place, const FlagView& view,
                     const base::RequestContext& context) {
    std::size_t bytes = 0;
    const auto chosen = choose(view, bytes);
    const auto freed = make_room(place, bytes);
    RuleTexts rules;
    for (const FlagPart* part : chosen)
        if (part != nullptr && !held_.contains(part->flag->digest())) rules.number(part->flag->rules());

    FrameWriter frame = channel.frame(FrameType::kFlags);
    frame.number(static_cast<std::uint32_t>(last_)).number(std::uint8_t{1});
    frame.number(static_cast<std::uint32_t>(freed.size()));
    for (const std::uint32_t number : freed)
        frame.number(number);
    frame.uuid(context.tenant).text(context.plan);
    frame.number(static_cast<std::uint32_t>(rules.all().size()));
    for (const std::string* text : rules.all())
        frame.text(*text);
    std::vector<flags::FlagDigest> digests;
    const std::size_t listed = view.states.size();
    frame.number(static_cast<std::uint32_t>(listed));
    for (std::size_t i = 0; i < listed; ++i) {
        const auto kind = chosen[i] != nullptr            ? HeldFlag::kHeld
                          : view.parts[i].flag == nullptr ? HeldFlag::kNone
                                                          : HeldFlag::kAsked;
        frame.number(static_cast<std::uint8_t>(kind)).number(view.states[i]);
        if (chosen[i] != nullptr) write_flag(frame, *chosen[i], rules, digests);
    }
    const auto more = std::count_if(chosen.begin() + static_cast<std::ptrdiff_t>(listed), chosen.end(),
                                    [](const FlagPart* part) { return part != nullptr; });
    frame.number(static_cast<std::uint32_t>(more));
    for (std::size_t i = listed; i < chosen.size(); ++i) {
        if (chosen[i] == nullptr) continue;
        frame.text(chosen[i]->key);
        write_flag(frame, *chosen[i], rules, digests);
    }
    hold(place, std::move(digests));
    bytes_ = bytes_ - place.bytes + bytes;
    place.bytes = bytes;
}

}  // namespace mortise::host
