#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::host {

struct ScopeDeclaration {
    std::string name;  // "<plugin id>:<verb>"
    std::string description;
};

struct Dependency {
    std::string id;
    std::string version;  // the least version that will do
};

// What other plugins may call.
struct Interface {
    std::string id;  // "<plugin id>.<name>/<revision>"
    std::vector<std::string> methods;
};

// What a plugin says of itself, in manifest.toml. Read from verified bytes before anything of it runs.
struct Manifest {
    std::string id;       // [a-z][a-z0-9]{1,30}, and no name of a core resource
    std::string version;  // MAJOR.MINOR.PATCH
    std::uint32_t abi_major = 0;
    std::uint32_t abi_minor = 0;
    std::string name;  // for people
    std::string summary;
    std::vector<std::string> services;      // ids with a revision, such as "mortise.sql/1"
    std::string released;                   // "2026-11-26"; empty: not said
    std::vector<std::string> entitlements;  // of the licence, beyond the plugin itself
    std::vector<std::string> meters;        // what it counts, "<plugin id>.<name>" in licences
    std::vector<ScopeDeclaration> scopes;
    std::vector<Dependency> dependencies;
    std::vector<std::string> flags;             // that it may ask for, sorted, each once
    bool any_flag = false;                      // it may ask for others too
    std::vector<std::string> events_published;  // "<thing>.<past tense>"
    std::vector<std::string> events_consumed;   // full types
    std::vector<Interface> provides;
    std::vector<std::string> calls;  // interfaces of other plugins
    std::string settings_schema;     // JSON Schema of the settings, or empty

    bool asks_for(std::string_view service) const noexcept;
    bool declares_scope(std::string_view scope) const noexcept;
    bool publishes(std::string_view event) const noexcept;
    bool counts(std::string_view meter) const noexcept;
    bool provides_method(std::string_view interface, std::string_view method) const noexcept;
    bool may_call(std::string_view interface) const noexcept;
    // The place of a key among `flags`.
    std::optional<std::size_t> flag_number(std::string_view key) const noexcept;
};

// Whether `id` has the form of a plugin's id and is no name that the core's routes use.
bool is_plugin_id(std::string_view id) noexcept;

// The id of the plugin that provides an interface: what stands before the first point.
std::string_view plugin_of_interface(std::string_view interface) noexcept;

// Strict: an unknown key, a wrong type or form, and whatever is missing are errors "<name>:<line>: …" with
// the code `manifest_invalid`.
base::Result<Manifest> parse_manifest(std::string_view text, std::string_view name);

}  // namespace mortise::host
