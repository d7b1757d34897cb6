#pragma once

#include "core/flags/evaluation.hpp"
#include "core/host/plugin.hpp"
#include "core/storage/value.hpp"
#include "mortise/abi/types.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mortise::host {

// What the licence allows of something that is counted, in the call's tenant.
struct Allowance {
    std::uint64_t most = 0;
    bool soft = false;  // what goes beyond is counted, and not refused
};

// What a plugin asks of a flag. Tenant and plan are the call's.
struct FlagQuestion {
    std::string_view key;
    std::string_view targeting_key;             // empty: none
    std::span<const flags::Member> attributes;  // sorted by name
};

struct CallAnswer;

// What a plugin asks of another one.
struct PeerQuestion {
    std::string_view interface;
    std::string_view method;
    std::string_view input;
};

// What it gets for it.
struct PeerAnswer {
    std::string body;                      // with MORTISE_OK
    std::optional<PluginProblem> problem;  // with MORTISE_E_REFUSED
};

// What the services of one call stand on: the unit of work in the host's own process, or in a worker the
// channel to it. Used on the call's thread, with arguments that the services have checked. Statuses are those
// of the ABI; after a failure the outputs hold nothing.
class ServiceBackend {
 public:
    virtual ~ServiceBackend() = default;

    // The next piece of the request's body; read == 0: the end.
    virtual mortise_status read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) = 0;
    // The plugin's settings for the call's tenant, a JSON object.
    virtual mortise_status settings(std::string& json) = 0;
    // Runs a named statement; rows go to `sink`, which may be null, as the batches of mortise.sql/1.
    virtual mortise_status run(std::string_view name, std::span<const storage::Value> values,
                               const mortise_sink* sink, std::int64_t& changed) = 0;
    // Whether the licence includes a feature.
    virtual mortise_status entitled(std::string_view feature, bool& yes) = 0;
    // MORTISE_E_NOT_FOUND: nothing limits it.
    virtual mortise_status limit(std::string_view name, Allowance& allowance) = 0;
    // Counts on a meter of the manifest's; MORTISE_E_LIMIT: the licence allows no more.
    virtual mortise_status count(std::string_view meter, std::uint64_t amount) = 0;
    // Evaluates a flag; views in the answer live until the next question. MORTISE_E_DENIED: the manifest does
    // not list it.
    virtual mortise_status flag(const FlagQuestion& question, flags::Evaluation& answer) = 0;
    // Runs a method of another plugin, after what this call has published `so_far`, to which is added what
    // the other publishes. Statuses are those of mortise.peers/1.
    virtual mortise_status peer(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer) = 0;
    // Takes the unit of work from a call that is too late. On another thread, while run() is not running and
    // can't begin any more.
    virtual void give_up() noexcept {}
};

}  // namespace mortise::host
