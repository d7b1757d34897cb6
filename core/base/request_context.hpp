#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mortise::base {

enum class PrincipalKind : std::uint8_t { kAnonymous = 0, kUser = 1, kApiKey = 2, kSystem = 3 };

// Who acts. `label` is for logs and audit (an e-mail's id, a key's prefix), never a secret.
struct Principal {
    PrincipalKind kind = PrincipalKind::kAnonymous;
    Uuid id;
    std::string label;
};

// W3C trace context, level 1.
struct TraceContext {
    std::array<std::uint8_t, 16> trace_id{};
    std::array<std::uint8_t, 8> span_id{};
    std::uint8_t flags = 0;
};

// Everything that was decided about a request before its handler runs. Built once by the pipeline, then only
// read; the first parameter of everything after it. Flat, so that it crosses the ABI and a process border
// unchanged.
struct RequestContext {
    Uuid request_id;
    TraceContext trace;

    Uuid tenant;  // nil: a platform request
    std::string tenant_slug;
    std::string plan;

    Principal principal;  // in whose name
    Principal actor;      // who really acts: a platform administrator inside a tenant; else the principal
    Uuid session;         // nil unless it came with an access token
    std::string scopes;   // sorted, separated by single spaces, such as "flags:read milestones:write"

    Monotonic deadline{};
    std::string locale = "en";
    std::string time_zone = "UTC";
    std::string client_address;
    std::string environment = "production";  // of flags; there is one of this name
    Uuid correlation;                        // the first request of the chain that this one belongs to
    Uuid cause;                              // the request or event that led to this one
    std::uint64_t generation = 0;            // of the snapshots it was decided on
    std::string comment;                     // why, in the words of who acts; for the history of what has one
    bool approved = false;  // those who must have agreed to what is written; `cause` says where

    bool platform() const noexcept { return tenant.is_nil(); }
};

// Whether the space-separated list `granted` has `wanted`, or a wildcard for it ("milestones:*", "*").
bool has_scope(std::string_view granted, std::string_view wanted) noexcept;

}  // namespace mortise::base
