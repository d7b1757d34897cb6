#pragma once

#include "core/base/clock.hpp"
#include "core/http/client_address.hpp"
#include "core/http/cross_origin.hpp"
#include "core/http/message.hpp"
#include "core/http/pool.hpp"
#include "core/http/router.hpp"
#include "core/http/tenant_shares.hpp"
#include "core/telemetry/metrics.hpp"
#include "core/tenancy/published.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mortise::flags {
class FlagStore;
class FlagUsage;
}  // namespace mortise::flags
namespace mortise::identity {
class Authenticator;
}
namespace mortise::licensing {
class LicenceHolder;
}
namespace mortise::storage {
class Database;
class RecentFault;
}  // namespace mortise::storage
namespace mortise::telemetry {
class Log;
}
namespace mortise::tenancy {
class Directory;
class Meters;
class Snapshots;
}  // namespace mortise::tenancy

namespace mortise::http {

struct PipelineSettings {
    std::size_t pool_threads = 8;
    std::size_t pool_queue = 1024;
    // Of the routes that hash a password, which have a pool of their own: as many threads as hashes may be
    // computed at a time, so that nothing but those routes waits for them.
    std::size_t password_threads = 2;
    std::size_t password_queue = 128;
    std::size_t probe_queue = 128;                     // of health's routes, which have one thread
    std::uint64_t body_limit = 1048576;                // bytes, where a route does not say
    std::chrono::milliseconds request_timeout{30000};  // from the head to the answer
    TrustedProxies proxies = {};                       // whose word about the client's address is taken
    std::vector<std::string> cors_origins = {};        // see CrossOrigin
};

// What the steps read and write. All must outlive the pipeline.
struct PipelineParts {
    const base::Clock& clock;
    telemetry::Log& log;
    telemetry::Metrics& metrics;
    storage::Database& database;
    tenancy::Directory& directory;
    tenancy::Snapshots& snapshots;
    identity::Authenticator& authenticator;
    const licensing::LicenceHolder& licence;
    const flags::FlagStore& flags;
    flags::FlagUsage& flag_usage;
    tenancy::Meters& meters;
    storage::RecentFault* faults = nullptr;  // told of requests that the storage fails; may be null
};

struct Decision;
struct Exchange;
struct Routing;

// Plugins that are here and not loaded, by id, with what is answered below their path instead of 404.
using Absent = std::map<std::string, base::Error, std::less<>>;

// The way of a request, from its head to its answer: one ordered list of steps (pipeline.cpp), the first of
// which to answer ends it. The steps of the list run on the reactor and read memory only; what needs a
// database is then moved to the pool, once. The steps that need only the head run before a large body is
// taken in.
class Pipeline final : public Handler {
 public:
    Pipeline(PipelineSettings settings, PipelineParts parts, std::shared_ptr<const RouteTable> routes,
             Absent absent = {});
    ~Pipeline() override;

    // Swaps the routes; requests under way keep theirs. Any thread.
    void replace_routes(std::shared_ptr<const RouteTable> routes, Absent absent = {});
    std::shared_ptr<const RouteTable> routes() const;

    // After the server takes no more: waits until the pools have nothing left, or until the deadline. False
    // if a handler is still at work then; the destructor waits for it, and drops what is queued. Once.
    bool drain(base::Monotonic deadline);

    HeadDecision on_head(const RequestHead& head) override;
    void on_request(Request&& request, Responder responder) override;
    void on_refused(const RefusedRequest& refused) override;

 private:
    void serve(Exchange& exchange) noexcept;
    void give_up(Exchange& exchange) noexcept;
    void finish(Exchange& exchange, Response&& response);
    // Counts and logs an answer, and gives it the headers that every answer has.
    void conclude(const RequestHead& head, const Decision& decision, Response& response);

    const PipelineSettings settings_;
    const CrossOrigin cross_origin_;
    PipelineParts parts_;
    tenancy::Published<Routing> routing_;
    const telemetry::Gauge in_flight_;
    TenantShares shares_;
    // Last: their threads end before what they use.
    Pool pool_;
    Pool password_pool_;
    Pool probe_pool_;
};

}  // namespace mortise::http
