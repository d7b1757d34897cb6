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

#include <atomic>
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
    // Whether this node knows as much as one that has given out that tag (`flagConfigEtag`), or has found
    // just now that the database doesn't know it either; of a text that is no tag of ours nobody can say.
    bool knows(const base::RequestContext& context, std::string_view tag) const;
    // That the database was asked and what is known is all there is. If it isn't what the tag says, that is
    // of a database that is no more, or made up: it is not asked for again for a second.
    void asked_for(const base::RequestContext& context, std::string_view tag) const;

    // Whether the holder of a ticket that is good has seen what this node has not heard of (`last_event_id`
    // may be empty), so that the database is to be asked.
    bool is_behind(std::string_view ticket, std::string_view last_event_id) const;
    // `invalid_ticket` (401), `too_many_streams` (503). `asked`: the database was, and has no more than this
    // node: what the client has seen beyond that is nothing that will come, and it is told what is.
    base::Result<std::shared_ptr<http::StreamFeed>> open(std::string_view ticket,
                                                         std::string_view last_event_id, bool asked = false);

    // The configuration that a tenant's flags, or the platform's, are evaluated by now in an environment.
    flags::ConfigTag tag_of(const base::Uuid& tenant, std::string_view environment) const;

    // Flags, tenants or credentials were loaded from the database: tells whom it concerns, and ends the
    // streams of those who may not listen any more. A client that has seen more than the database has is
    // told as well: the database was restored. On any thread.
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
    bool ahead(const flags::StreamTicket& ticket, const flags::ConfigTag& seen) const;
    bool in_doubt(std::int64_t version) const noexcept;
    void doubt(std::int64_t version) const noexcept;
    // Both under mutex_. `all_there_is`: what is known is just what the database has.
    void tell(Subscriber& subscriber, const flags::ConfigTag& now, bool all_there_is,
              http::StreamBytes& event);
    void tell_all(const base::Uuid& tenant, std::string_view environment, const Clients& clients,
                  bool all_there_is);
    http::StreamBytes event(const flags::ConfigTag& tag) const;

    const FlagStreamSettings settings_;
    const base::Clock& clock_;
    const flags::FlagStore& flags_;
    const tenancy::Directory& directory_;
    const identity::Credentials& credentials_;
    const identity::KeyRing& keys_;
    const telemetry::Gauge gauge_;
    std::int64_t ticked_ = 0;  // seconds since 1970; tick() alone
    // The least version that the database was last found not to have, and until when that is believed.
    mutable std::atomic<std::int64_t> doubted_version_ = 0;
    mutable std::atomic<base::Micros> doubted_until_ = 0;
    mutable std::mutex mutex_;
    std::unordered_map<base::Uuid, Tenant> tenants_;  // under mutex_, like all that follow
    std::size_t count_ = 0;
};

}  // namespace mortise::api
