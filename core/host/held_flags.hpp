#pragma once

#include "core/base/request_context.hpp"
#include "core/flags/flag_set.hpp"
#include "core/host/flag_view.hpp"
#include "core/host/manifest.hpp"
#include "core/host/worker_codec.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace mortise::host {

// The worker's side of sent_flags.hpp: the plugin's flags for the tenants whose calls it serves, ready to be
// evaluated. Used on the worker's one thread.
class HeldFlags {
 public:
    // The manifest outlives it.
    explicit HeldFlags(const Manifest& manifest) : manifest_(manifest) {}

    // Takes a frame kFlags, which says what the next call sees. False: it is malformed, and nothing here can
    // be used any more.
    bool take(std::string_view payload);

    // Of the call that the last frame was for, of the tenant `context` names. nullptr: the flag is asked of
    // the host.
    const flags::FlagSet* set_for(std::string_view key) const noexcept;

    // The keys that the plugin is to be told of before the call, by their place in the manifest. Told once.
    std::vector<std::uint32_t> take_changed();

 private:
    using Compiled = std::shared_ptr<const flags::CompiledFlag>;
    struct Place {
        bool taken = false;
        base::Uuid tenant;
        std::vector<FlagState> states;
        std::vector<bool> asked;
        std::vector<bool> untold;  // the plugin does not know yet that it has changed
        std::vector<Compiled> held;
        flags::FlagSet set;
    };
    // What a frame says of one flag; those beyond the manifest's are needed by others.
    struct Entry {
        HeldFlag kind = HeldFlag::kNone;
        FlagState state{};
        bool own = false;
        bool killed = false;
        Compiled flag;
        std::string_view plan_variant;
        std::string_view tenant_variant;
        std::vector<std::pair<std::string_view, std::string_view>> users;
    };
    using Rules = std::vector<flags::RuleSet>;

    bool read_place(FrameReader& frame, Place& place);
    std::optional<Rules> read_rules(FrameReader& frame) const;
    bool read_entry(FrameReader& frame, std::string_view key, const Rules& rules, Entry& entry);
    Compiled read_flag(FrameReader& frame, std::string_view key, const Rules& rules);
    void fill(Place& place, const base::Uuid& tenant, std::string_view plan,
              const std::vector<Entry>& entries) const;
    void forget_unused();

    const Manifest& manifest_;
    std::map<flags::FlagDigest, Compiled> compiled_;
    std::vector<Place> places_;
    std::size_t current_ = 0;
};

}  // namespace mortise::host
