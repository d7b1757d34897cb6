#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/flags/ofrep.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/stream_ticket.hpp"
#include "core/http/stream.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/key_ring.hpp"
#include "core/telemetry/metrics.hpp"
#include "core/tenancy/directory.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace mortise::api {

struct FlagStreamSettings {
    std::size_t total = 8192;       // clients that listen at a time
    std::size_t per_tenant = 4096;  // of one tenant, and of the platform
    std::chrono::seconds key_ticket{3600};
    std::chrono::seconds user_ticket{900};  // not longer than revoked sessions are remembered
};

// Who listens to changes of flags: OFREP's event streams. A change is told by `refetchEvaluation` with the
// tag of the configuration, once for all that came together; what a client has seen is known by its ticket or
// its Last-Event-ID, so that nothing is missed between two connections, whichever nodes they are to.
// Thread-safe.
class FlagStreams {
 public:
    // All must outlive this object, and this object the server.
    FlagStreams(FlagStreamSettings settings, const base::Clock& clock, const flags::FlagStore& flags,
                const tenancy::Directory& directory, const identity::Credentials& credentials,
                const identity::KeyRing& keys, telemetry::Metrics& metrics);
    ~FlagStreams();

    // The way to the stream for whoever may evaluate.
    flags::OfrepStream offer(const base::RequestContext& context) const;
    // Whether this node knows as much as one that has given out that tag (`flagConfigEtag`); of a text that
    // is no tag of ours nobody can say.
    bool knows(const base::RequestContext& context, std::string_view tag) const;

    // Of a ticket; `last_event_id` may be empty. `invalid_ticket` (401), `too_many_streams` (503).
    base::Result<std::shared_ptr<http::StreamFeed>> open(std::string_view ticket,
                                                         std::string_view last_event_id);

    // The configuration that a tenant's flags, or the platform's, are evaluated by now in an environment.
    flags::ConfigTag tag_of(const base::Uuid& tenant, std::string_view environment) const;

    // Flags, tenants or credentials may have changed: tells whom it concerns, and ends the streams of those
    // who may not listen any more. On any thread.
    void publish();

    // To be called a few times a second by one thread: tells those for whom a schedule or a rollout has
    // changed something.
    void tick();

    std::size_t size() const;

 private:
    class Subscriber;
    using Clients = std::unordered_set<Subscriber*>;
    struct Tenant {
        std::map<std::string, Clients, std::less<>> environments;  // none is empty
        std::size_t count = 0;
    };

    std::string key() const;
    bool may_listen(const flags::StreamTicket& ticket) const;
    void opened(Subscriber& subscriber, http::Stream stream);
    void closed(Subscriber& subscriber) noexcept;
    void tell(Subscriber& subscriber, const flags::ConfigTag& now, http::StreamBytes& event);  // under mutex_
    void tell_all(const base::Uuid& tenant, std::string_view environment,
                  const Clients& clients);  // under mutex_
    http::StreamBytes event(const flags::ConfigTag& tag) const;

    const FlagStreamSettings settings_;
    const base::Clock& clock_;
    const flags::FlagStore& flags_;
    const tenancy::Directory& directory_;
    const identity::Credentials& credentials_;
    const identity::KeyRing& keys_;
    const telemetry::Gauge gauge_;
    std::int64_t ticked_ = 0;  // seconds since 1970; tick() alone
    mutable std::mutex mutex_;
    std::unordered_map<base::Uuid, Tenant> tenants_;  // under mutex_, like all that follow
    std::size_t count_ = 0;
};

}  // namespace mortise::api
