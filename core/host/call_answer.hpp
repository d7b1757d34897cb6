#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/events/outbox.hpp"
#include "core/host/plugin.hpp"
#include "core/telemetry/log.hpp"
#include "mortise/abi/types.h"

#include <optional>
#include <string_view>
#include <vector>

namespace mortise::host {

// Limits of what one call may make the host hold.
inline constexpr std::size_t kMaxResponseBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxResponseHeaders = 64;
inline constexpr std::size_t kMaxResponseHeaderBytes = 64UL * 1024;
inline constexpr std::size_t kMaxProblemBytes = 1024UL * 1024;
inline constexpr std::size_t kMaxEvents = 100000;
inline constexpr std::size_t kMaxEventBytes = 256UL * 1024;         // of one
inline constexpr std::size_t kMaxEventsBytes = 64UL * 1024 * 1024;  // of all

// What a plugin has left behind when its call returns.
struct CallAnswer {
    bool responded = false;
    PluginResponse response = {};
    // In a worker, those that the host has not been sent yet.
    std::vector<events::Event> events = {};
    // Of all that the call and those that it made have published.
    std::size_t event_count = 0;
    std::size_t event_bytes = 0;  // of their data and subjects
};

// What became of the unit of work in a call.
struct UnitHealth {
    std::optional<base::Error> storage_error;  // the first
    bool half_done = false;  // a method of another plugin wrote and then failed: it can only roll back
};

// Whether an answer may have a header of this name; the others are the host's alone.
bool is_allowed_header(std::string_view name) noexcept;

// Whether the problem is one that the host passes on: status, a snake_case code, UTF-8.
bool is_sound_problem(const PluginProblem& problem) noexcept;

// Whether both engines can keep it: UTF-8 without NUL.
bool is_storable_text(std::string_view text) noexcept;

// Whether the outbox takes it: data must be one JSON object, at most 64 deep, or it would spoil the tenant's
// list of events.
bool is_sound_event(std::string_view subject, std::string_view data);

// The last step of a call in either host: from what the plugin answered to what the pipeline gets, with the
// events written into the unit if it is to be committed. Thread-safe.
class CallJudge {
 public:
    CallJudge(const Manifest& manifest, const base::Clock& clock, telemetry::Log& log);

    // Takes the response out of `answer`. An error of storage is what the call failed of, whatever the plugin
    // made of it.
    base::Result<PluginResponse> conclude(const base::RequestContext& context, storage::Unit& unit,
                                          CallAnswer& answer, mortise_status status,
                                          const UnitHealth& health);
    // The same of a method's call, whose events are left where they are.
    base::Result<PluginResponse> conclude_method(const base::RequestContext& context, CallAnswer& answer,
                                                 mortise_status status, const UnitHealth& health);
    // Tells the operator whose fault it was.
    void report(const base::RequestContext& context, std::string_view how) const;

 private:
    base::Result<PluginResponse> take_response(const base::RequestContext& context, CallAnswer& answer,
                                               mortise_status status, const UnitHealth& health) const;
    // The client sees only that it failed.
    base::Error misbehaved(const base::RequestContext& context, std::string_view how) const;

    const Manifest& manifest_;
    const base::Clock& clock_;
    telemetry::Log& log_;
    events::Outbox outbox_;
};

// What a caller is told whose plugin did not answer in time.
base::Error deadline_exceeded();
base::Error needs_writer();

}  // namespace mortise::host
