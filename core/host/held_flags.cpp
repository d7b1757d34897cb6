#include "core/host/held_flags.hpp"

#include "core/flags/flag_set_builder.hpp"
#include "core/flags/rules_text.hpp"
#include "core/host/sent_flags.hpp"

#include <algorithm>

namespace mortise::host {
namespace {

constexpr std::size_t kMaxRules = kMaxHeldBytes;
constexpr std::size_t kMaxDefinition = flags::kMaxDefinitionSize;
constexpr std::size_t kMaxHeldText = 1024;

}  // namespace

bool HeldFlags::take(std::string_view payload) {
    FrameReader frame(payload);
    const auto number = frame.number_in<std::uint32_t>(0, kMaxHeldTenants - 1);
    const bool filled = frame.number_in<std::uint8_t>(0, 1) == 1;
    if (!frame.good() || number > places_.size() || (!filled && number == places_.size())) return false;
    if (filled) {
        const auto freed = frame.number_in<std::uint32_t>(0, kMaxHeldTenants);
        for (std::uint32_t i = 0; i < freed && frame.good(); ++i) {
            const auto free = frame.number<std::uint32_t>();
            if (free >= places_.size() || free == number) return false;
            places_[free] = Place();
        }
        if (number == places_.size()) places_.emplace_back();
        if (!read_place(frame, places_[number])) return false;
        forget_unused();
    }
    current_ = number;
    return frame.done() && places_[number].taken;
}

bool HeldFlags::read_place(FrameReader& frame, Place& place) {
    const base::Uuid tenant = frame.uuid();
    const std::string_view plan = frame.text(kMaxHeldText);
    const auto rules = read_rules(frame);
    if (!rules || frame.number<std::uint32_t>() != manifest_.flags.size()) return false;
    std::vector<Entry> entries(manifest_.flags.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].kind =
            static_cast<HeldFlag>(frame.number_in<std::uint8_t>(0, static_cast<std::uint8_t>(kLastHeldFlag)));
        entries[i].state = frame.number<FlagState>();
        if (entries[i].kind == HeldFlag::kHeld && !read_entry(frame, manifest_.flags[i], *rules, entries[i]))
            return false;
    }
    const auto more = frame.number_in<std::uint32_t>(0, kMaxNeededFlags);
    for (std::uint32_t i = 0; i < more && frame.good(); ++i) {
        const std::string_view key = frame.text(kMaxHeldText);
        if (!read_entry(frame, key, *rules, entries.emplace_back())) return false;
    }
    if (!frame.done()) return false;
    fill(place, tenant, plan, entries);
    return true;
}

std::optional<HeldFlags::Rules> HeldFlags::read_rules(FrameReader& frame) const {
    Rules rules(1);  // the first: none
    const auto count = frame.number_in<std::uint32_t>(
        0, static_cast<std::uint32_t>(manifest_.flags.size() + kMaxNeededFlags));
    for (std::uint32_t i = 0; i < count && frame.good(); ++i) {
        auto read = flags::read_rules(frame.text(kMaxRules));
        if (!read.ok()) return std::nullopt;
        rules.push_back(std::move(*read));
    }
    if (!frame.good()) return std::nullopt;
    return rules;
}

bool HeldFlags::read_entry(FrameReader& frame, std::string_view key, const Rules& rules, Entry& entry) {
    entry.own = frame.number_in<std::uint8_t>(0, 1) == 1;
    entry.killed = frame.number_in<std::uint8_t>(0, 1) == 1;
    entry.flag = read_flag(frame, key, rules);
    entry.plan_variant = frame.text(kMaxHeldText);
    entry.tenant_variant = frame.text(kMaxHeldText);
    const auto users = frame.number_in<std::uint32_t>(0, kMaxSharedUsers);
    for (std::uint32_t i = 0; i < users && frame.good(); ++i) {
        const std::string_view user = frame.text(kMaxHeldText);
        entry.users.emplace_back(user, frame.text(kMaxHeldText));
    }
    return frame.good() && entry.flag != nullptr;
}

// Null: the frame has no such flag.
HeldFlags::Compiled HeldFlags::read_flag(FrameReader& frame, std::string_view key, const Rules& rules) {
    const auto digest = frame.number<flags::FlagDigest>();
    const bool follows = frame.number_in<std::uint8_t>(0, 1) == 1;
    if (!follows) {
        const auto found = compiled_.find(digest);
        return found == compiled_.end() ? nullptr : found->second;
    }
    const std::string_view text = frame.text(kMaxDefinition);
    const auto set = frame.number_in<std::uint32_t>(0, static_cast<std::uint32_t>(rules.size() - 1));
    if (!frame.good()) return nullptr;
    auto definition = flags::parse_definition(text, rules[set], flags::Strictness::kFlagd);
    if (!definition.ok()) return nullptr;
    definition->json.clear();  // of no use here
    auto flag = std::make_shared<const flags::CompiledFlag>(key, *definition, std::string_view());
    compiled_[digest] = flag;
    return flag;
}

void HeldFlags::fill(Place& place, const base::Uuid& tenant, std::string_view plan,
                     const std::vector<Entry>& entries) const {
    Place next{
        .taken = true, .tenant = tenant, .states = {}, .asked = {}, .untold = {}, .held = {}, .set = {}};
    for (std::size_t i = 0; i < manifest_.flags.size(); ++i) {
        const bool same =
            place.taken && place.tenant == tenant && place.states[i] == entries[i].state && !place.untold[i];
        next.states.push_back(entries[i].state);
        next.asked.push_back(entries[i].kind == HeldFlag::kAsked);
        next.untold.push_back(!same);
    }
    flags::FlagSetBuilder builder;
    for (const Entry& entry : entries) {
        if (entry.flag == nullptr) continue;
        next.held.push_back(entry.flag);
        builder.add_flag(entry.own ? tenant : base::Uuid(), entry.flag,
                         entry.killed ? flags::FlagSwitch::kKilled : flags::FlagSwitch::kOn);
    }
    for (const Entry& entry : entries) {
        if (entry.flag == nullptr) continue;
        const std::string_view key = entry.flag->key();
        if (!entry.plan_variant.empty()) builder.add_plan_override(plan, key, entry.plan_variant);
        if (!entry.tenant_variant.empty()) builder.add_override(tenant, key, {}, entry.tenant_variant);
        for (const auto& [user, variant] : entry.users)
            builder.add_override(tenant, key, user, variant);
    }
    next.set = builder.build();
    place = std::move(next);
}

void HeldFlags::forget_unused() {
    // The map's own pointer is the last one.
    std::erase_if(compiled_, [&](const auto& entry) {
        return std::none_of(places_.begin(), places_.end(), [&](const Place& place) {
            return std::find(place.held.begin(), place.held.end(), entry.second) != place.held.end();
        });
    });
}

const flags::FlagSet* HeldFlags::set_for(std::string_view key) const noexcept {
    const auto number = manifest_.flag_number(key);
    if (!number || current_ >= places_.size() || places_[current_].asked.size() <= *number) return nullptr;
    return places_[current_].asked[*number] ? nullptr : &places_[current_].set;
}

std::vector<std::uint32_t> HeldFlags::take_changed() {
    std::vector<std::uint32_t> changed;
    if (current_ >= places_.size()) return changed;
    auto& untold = places_[current_].untold;
    for (std::size_t i = 0; i < untold.size(); ++i)
        if (untold[i]) changed.push_back(static_cast<std::uint32_t>(i));
    untold.assign(untold.size(), false);
    return changed;
}

}  // namespace mortise::host
