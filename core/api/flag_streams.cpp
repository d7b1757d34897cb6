#include "core/api/flag_streams.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/http/sse.hpp"

#include <array>
#include <utility>

namespace mortise::api {
namespace {

using base::Error;
using base::ErrorKind;
using flags::ConfigTag;
using flags::StreamTicket;

constexpr std::string_view kPath = "/ofrep/v1/events?ticket=";
constexpr std::chrono::milliseconds kRetry{1000};
// Tickets that are made within this part of their time are alike, so that tags of answers are.
constexpr std::int64_t kSteps = 8;
constexpr std::size_t kKeyName = 8;  // characters
constexpr base::Micros kDoubt = base::kMicrosPerSecond;

// What a client knows: by the last event that it has seen, else by its ticket.
ConfigTag seen_of(const StreamTicket& ticket, std::string_view last_event_id) {
    return ConfigTag::parse(last_event_id).value_or(ticket.seen);
}

// Any of these lets its holder see values, and so know that they change.
constexpr std::array<std::string_view, 3> kScopes = {"flags:read", "flags:evaluate", "flags:evaluate_client"};

}  // namespace

// One client. Its ticket and stream belong to the mutex of the streams once it is opened.
class FlagStreams::Subscriber final : public http::StreamFeed {
 public:
    Subscriber(FlagStreams& its_streams, const StreamTicket& its_ticket)
        : streams(its_streams), ticket(its_ticket) {}
    ~Subscriber() override { streams.closed(*this); }

    void opened(http::Stream its_stream) override { streams.opened(*this, std::move(its_stream)); }
    // The client gets another ticket with its next evaluation.
    std::string_view heartbeat() override { return streams.may_listen(ticket) ? http::kSseHeartbeat : ""; }

    FlagStreams& streams;
    const StreamTicket ticket;
    ConfigTag seen = ticket.seen;  // what the client knows, or will have been told
    http::Stream stream;
};

FlagStreams::FlagStreams(FlagStreamSettings settings, const base::Clock& clock, const flags::FlagStore& flags,
                         const tenancy::Directory& directory, const identity::Credentials& credentials,
                         const identity::KeyRing& keys, telemetry::Metrics& metrics)
    : settings_(settings),
      clock_(clock),
      flags_(flags),
      directory_(directory),
      credentials_(credentials),
      keys_(keys),
      gauge_(metrics.gauge("mortise_flag_streams", "Clients that listen to changes of flags.")) {}

FlagStreams::~FlagStreams() = default;

std::size_t FlagStreams::size() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

// Derived from the key that all nodes sign access tokens with, so that every node takes every other's
// tickets.
std::string FlagStreams::key() const {
    const auto keys = keys_.read();
    const auto secret = keys->secret == nullptr ? std::string_view() : keys->secret->reveal();
    if (secret.size() < 32)
        return std::string(32, '\0') + keys->kid;  // before the first load nobody is served
    const auto derived = crypto::blake2b_256_keyed(secret.substr(0, 32), "mortise flag stream tickets");
    return std::string(crypto::as_bytes(derived));
}

// A tenant's plan decides as well what it gets. Both versions rise, and the last tag of all is that of a node
// which has both: no other node comes up to it before it has both too.
ConfigTag FlagStreams::tag_of(const base::Uuid& tenant, std::string_view environment) const {
    const auto set = flags_.read(environment);
    const std::int64_t now = clock_.now() / base::kMicrosPerSecond;
    ConfigTag tag = set == nullptr ? ConfigTag{} : set->config_tag(tenant, now);
    const auto directory = directory_.read();
    tag.version += directory->version();
    if (tenant.is_nil()) return tag;
    const auto* const found = directory->find(tenant);
    tag.fingerprint =
        flags::Mark().add(tag.fingerprint).add(found == nullptr ? std::string_view() : found->plan).value();
    return tag;
}

bool FlagStreams::knows(const base::RequestContext& context, std::string_view text) const {
    const auto tag = ConfigTag::parse(text);
    if (!tag) return false;
    const ConfigTag now = tag_of(context.tenant, context.environment);
    return now.fingerprint == tag->fingerprint || now.version > tag->version || in_doubt(tag->version);
}

void FlagStreams::asked_for(const base::RequestContext& context, std::string_view text) const {
    const auto tag = ConfigTag::parse(text);
    if (tag && !knows(context, text)) doubt(tag->version);
}

// Both are read apart: at worst the database is asked once more, or once less within a second, in which this
// node hears of changes anyway.
bool FlagStreams::in_doubt(std::int64_t version) const noexcept {
    return version >= doubted_version_.load() && clock_.now() < doubted_until_.load();
}

void FlagStreams::doubt(std::int64_t version) const noexcept {
    doubted_version_ = version;
    doubted_until_ = clock_.now() + kDoubt;
}

bool FlagStreams::ahead(const StreamTicket& ticket, const ConfigTag& seen) const {
    const ConfigTag now = tag_of(ticket.tenant, ticket.environment);
    return now.fingerprint != seen.fingerprint && now.version < seen.version;
}

bool FlagStreams::is_behind(std::string_view text, std::string_view last_event_id) const {
    const auto ticket = StreamTicket::open(text, key(), clock_.now() / base::kMicrosPerSecond);
    if (!ticket || !may_listen(*ticket)) return false;
    const auto seen = seen_of(*ticket, last_event_id);
    return ahead(*ticket, seen) && !in_doubt(seen.version);
}

flags::OfrepStream FlagStreams::offer(const base::RequestContext& context) const {
    const bool user = context.principal.kind == base::PrincipalKind::kUser;
    const std::int64_t lifetime = (user ? settings_.user_ticket : settings_.key_ticket).count();
    const std::int64_t now = clock_.now() / base::kMicrosPerSecond;
    const std::int64_t begin = now - now % std::max<std::int64_t>(1, lifetime / kSteps);
    const StreamTicket ticket{.tenant = context.tenant,
                              .kind = context.principal.kind,
                              .principal = context.principal.id,
                              .session = context.session,
                              .expires_at = begin + lifetime,
                              .seen = tag_of(context.tenant, context.environment),
                              .environment = context.environment};
    const std::string kid = keys_.read()->kid.substr(0, kKeyName);
    std::string name;
    for (const char c : kid)
        name += c == '-' ? '_' : c;  // base64url, but the hyphen parts the tag
    return {.request_uri = std::string(kPath) + ticket.seal(key()),
            .key = std::move(name),
            .expires_at = ticket.expires_at,
            .good_enough = now + lifetime / 4};
}

bool FlagStreams::may_listen(const StreamTicket& ticket) const {
    const base::Micros now = clock_.now();
    if (ticket.expires_at <= now / base::kMicrosPerSecond) return false;
    if (!ticket.tenant.is_nil()) {
        const auto directory = directory_.read();
        const auto* const tenant = directory->find(ticket.tenant);
        if (tenant == nullptr || tenant->state != tenancy::TenantState::kActive) return false;
    }
    if (ticket.kind == base::PrincipalKind::kUser)
        return !credentials_.revoked_sessions()->contains(ticket.session);
    const auto key = credentials_.key(ticket.principal, now);
    if (ticket.kind != base::PrincipalKind::kApiKey || key == nullptr) return false;
    for (const auto scope : kScopes)
        if (base::has_scope(key->scopes, scope)) return true;
    return false;
}

base::Result<std::shared_ptr<http::StreamFeed>> FlagStreams::open(std::string_view text,
                                                                  std::string_view last_event_id,
                                                                  bool asked) {
    const auto ticket = StreamTicket::open(text, key(), clock_.now() / base::kMicrosPerSecond);
    if (!ticket || !may_listen(*ticket))
        return Error{ErrorKind::kUnauthenticated, "invalid_ticket",
                     "The ticket is not valid, or no longer: evaluate the flags again to get another."};
    auto subscriber = std::make_shared<Subscriber>(*this, *ticket);
    subscriber->seen = seen_of(*ticket, last_event_id);
    if (ahead(*ticket, subscriber->seen) && (asked || in_doubt(subscriber->seen.version))) {
        if (asked) doubt(subscriber->seen.version);
        subscriber->seen.version = 0;  // anything is newer
    }
    const std::lock_guard lock(mutex_);
    Tenant& tenant = tenants_[ticket->tenant];
    if (count_ >= settings_.total || tenant.count >= settings_.per_tenant) {
        if (tenant.count == 0) tenants_.erase(ticket->tenant);
        Error full{ErrorKind::kUnavailable, "too_many_streams",
                   "Too many clients listen already; ask for changes now and then instead."};
        full.retry_after_s = 30;
        return full;
    }
    tenant.environments[ticket->environment].insert(subscriber.get());
    ++tenant.count;
    gauge_.set(static_cast<double>(++count_));
    return std::shared_ptr<http::StreamFeed>(std::move(subscriber));
}

void FlagStreams::closed(Subscriber& subscriber) noexcept {
    const std::lock_guard lock(mutex_);
    const auto tenant = tenants_.find(subscriber.ticket.tenant);
    if (tenant == tenants_.end()) return;  // it found no place
    auto& environments = tenant->second.environments;
    const auto found = environments.find(subscriber.ticket.environment);
    if (found == environments.end() || found->second.erase(&subscriber) == 0) return;
    if (found->second.empty()) environments.erase(found);
    if (--tenant->second.count == 0) tenants_.erase(tenant);
    gauge_.set(static_cast<double>(--count_));
}

// The first thing that a client gets names what it knows, so that it can say so when it comes again.
void FlagStreams::opened(Subscriber& subscriber, http::Stream stream) {
    const std::lock_guard lock(mutex_);
    const std::string id = subscriber.seen.to_text();
    stream.push(std::make_shared<const std::string>(http::sse_retry(kRetry) + http::to_sse({.id = id})));
    subscriber.stream = std::move(stream);
    http::StreamBytes event;
    tell(subscriber, tag_of(subscriber.ticket.tenant, subscriber.ticket.environment), false, event);
}

// A node that is behind what a client has seen elsewhere has nothing to tell it yet.
void FlagStreams::tell(Subscriber& subscriber, const ConfigTag& now, bool all_there_is,
                       http::StreamBytes& bytes) {
    if (now.fingerprint == subscriber.seen.fingerprint) return;
    if (now.version < subscriber.seen.version && !all_there_is) return;
    if (bytes == nullptr) bytes = event(now);
    if (subscriber.stream.push(bytes)) subscriber.seen = now;
}

http::StreamBytes FlagStreams::event(const ConfigTag& tag) const {
    const std::string id = tag.to_text();
    const std::string data = R"({"type":"refetchEvaluation","etag":")" + id + R"(","lastModified":)" +
                             std::to_string(clock_.now() / base::kMicrosPerSecond) + "}";
    return std::make_shared<const std::string>(http::to_sse({.id = id, .data = data}));
}

void FlagStreams::tell_all(const base::Uuid& tenant, std::string_view environment, const Clients& clients,
                           bool all_there_is) {
    const ConfigTag now = tag_of(tenant, environment);
    http::StreamBytes event;
    for (Subscriber* const one : clients) {
        if (!one->stream.open()) continue;  // not opened yet, or on its way out
        if (may_listen(one->ticket))
            tell(*one, now, all_there_is, event);
        else
            one->stream.end();
    }
}

void FlagStreams::publish() {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, tenant] : tenants_)
        for (const auto& [environment, clients] : tenant.environments)
            tell_all(id, environment, clients, true);
}

void FlagStreams::tick() {
    const std::int64_t now = clock_.now() / base::kMicrosPerSecond;
    if (now == ticked_) return;
    const auto all = flags_.environments();
    const std::lock_guard lock(mutex_);
    for (const auto& [id, tenant] : tenants_) {
        for (const auto& [environment, clients] : tenant.environments) {
            const auto* const set = all->find(environment);
            const auto next = set == nullptr ? std::nullopt : set->next_change(id, ticked_);
            if (next && *next <= now) tell_all(id, environment, clients, false);
        }
    }
    ticked_ = now;
}

}  // namespace mortise::api
