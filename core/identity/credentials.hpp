#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/crypto/hash.hpp"
#include "core/identity/api_key.hpp"
#include "core/identity/roles.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace mortise::identity {

// Who a credential stands for.
struct Identity {
    base::Principal principal;
    base::Uuid tenant;            // nil: of the platform
    base::Uuid session;           // nil for an API key
    std::string scopes;           // sorted, separated by spaces
    base::Micros expires_at = 0;  // INT64_MAX: never
};

struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const noexcept;
};

// The API keys that are good, and the sessions that no longer are, in memory.
class Credentials final {
 public:
    struct Key {
        std::shared_ptr<const Identity> identity;
        std::string prefix;
        // When it was last used, 0 before; shared by all generations of the snapshot.
        std::shared_ptr<std::atomic<base::Micros>> last_used;
    };
    using KeyMap = std::unordered_map<crypto::Digest, Key, DigestHash>;
    using SessionSet = std::unordered_set<base::Uuid>;
    using KeysById = std::unordered_map<base::Uuid, std::shared_ptr<const Identity>>;

    // A revoked session is remembered for `access_lifetime_s` and a minute: by then its tokens have expired.
    Credentials(const base::Clock& clock, const Roles& roles, std::int64_t access_lifetime_s);

    std::shared_ptr<const KeyMap> keys() const { return keys_.map.read(); }
    std::shared_ptr<const SessionSet> revoked_sessions() const { return sessions_.set.read(); }

    // The API key of that id, unless it is gone or has expired. Any thread.
    std::shared_ptr<const Identity> key(const base::Uuid& id, base::Micros now) const;

    // Both must be added to Snapshots.
    tenancy::Snapshot& key_snapshot() noexcept { return keys_; }
    tenancy::Snapshot& session_snapshot() noexcept { return sessions_; }

    // Writes when keys were last used, for those that were since the last call. For a timer.
    base::Status flush_last_used(storage::Unit& unit);

    static constexpr std::string_view kKeys = "api_keys";
    static constexpr std::string_view kSessions = "sessions";

 private:
    class Keys final : public tenancy::Snapshot {
     public:
        explicit Keys(const Roles& roles, const base::Clock& clock) : roles_(roles), clock_(clock) {}
        std::string_view snapshot_name() const noexcept override { return kKeys; }
        base::Status load(storage::Unit& unit) override;
        tenancy::Published<KeyMap> map;
        tenancy::Published<KeysById> by_id;

     private:
        const Roles& roles_;
        const base::Clock& clock_;
    };
    class Sessions final : public tenancy::Snapshot {
     public:
        Sessions(const base::Clock& clock, std::int64_t keep_s) : clock_(clock), keep_s_(keep_s) {}
        std::string_view snapshot_name() const noexcept override { return kSessions; }
        base::Status load(storage::Unit& unit) override;
        tenancy::Published<SessionSet> set;

     private:
        const base::Clock& clock_;
        const std::int64_t keep_s_;
    };

    Keys keys_;
    Sessions sessions_;
    base::Micros flushed_until_ = 0;  // by the timer's thread alone
};

}  // namespace mortise::identity
