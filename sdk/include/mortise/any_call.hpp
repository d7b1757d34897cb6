#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/errors.hpp"
#include "mortise/flags.hpp"
#include "mortise/peers.hpp"
#include "mortise/services.hpp"
#include "mortise/sql.hpp"
#include "mortise/text.hpp"
#include "mortise/uuid.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::sdk {

// What the installed licence allows in the call's tenant, as of the call's beginning.
class Licence {
 public:
    struct Limit {
        std::uint64_t most = 0;
        bool soft = false;  // what goes beyond is counted and not refused
    };

    Licence(const mortise_license_1& table, mortise_call call) noexcept : table_(&table), call_(call) {}

    // Whether it includes a feature.
    bool entitled(std::string_view feature) const {
        std::uint32_t yes = 0;
        check(table_->entitled(table_, call_, to_abi(feature), &yes), "asking for a feature");
        return yes != 0;
    }
    // Refuses the call with 403 `license_required` where the feature is missing.
    void require(std::string_view feature) const {
        if (!entitled(feature))
            throw Problem(403, "license_required",
                          "The installed licence does not include the feature " + std::string(feature) + ".");
    }
    // nullopt: nothing limits it.
    std::optional<Limit> limit(std::string_view name) const {
        mortise_limit limit{sizeof(mortise_limit), 0, 0};
        const mortise_status status = table_->limit(table_, call_, to_abi(name), &limit);
        if (status == MORTISE_E_NOT_FOUND) return std::nullopt;
        check(status, "asking for a limit");
        return Limit{limit.most, limit.soft != 0};
    }
    // Counts on a meter of the manifest's. Throws LimitReached if the licence allows no more.
    void count(std::string_view meter, std::uint64_t amount = 1) const {
        check(table_->count(table_, call_, to_abi(meter), amount), "counting");
    }

 private:
    const mortise_license_1* table_;
    mortise_call call_;
};

// What a route's call and a method's have in common: for whom it is, and the services in its unit of work.
// What both kinds of handlers do takes this. Lives as long as the handler runs, on its thread.
class AnyCall {
 public:
    AnyCall(const Services& services, mortise_call handle, const mortise_context& context) noexcept
        : services_(services), handle_(handle), context_(context) {}
    AnyCall(const AnyCall&) = delete;
    AnyCall& operator=(const AnyCall&) = delete;

    // What was decided before the call. Views live as long as the call.
    const mortise_context& context() const noexcept { return context_; }
    Uuid tenant() const noexcept { return Uuid::from_abi(context().tenant); }
    Uuid principal() const noexcept { return Uuid::from_abi(context().principal); }

    Sql sql() const { return {services_.sql(), handle_}; }
    Log log() const noexcept { return {services_.log(), handle_}; }

    // Microseconds since 1970 in UTC.
    std::int64_t now() const {
        const mortise_clock_1& clock = services_.clock();
        return clock.now(&clock);
    }

    // A new UUID of version 7.
    Uuid new_id() const {
        const mortise_ids_1& ids = services_.ids();
        return Uuid::from_abi(ids.uuid7(&ids));
    }

    // The plugin's settings for the tenant: a JSON object that fits the manifest's schema.
    std::string settings() const {
        const mortise_settings_1& table = services_.settings();
        std::string json;
        const mortise_sink sink{&json, &append};
        check(table.get(&table, handle_, &sink), "reading the settings");
        return json;
    }

    // Publishes an event if, and only if, the unit of work is committed. `type` is "<thing>.<past tense>" and
    // listed in the manifest, `data` a JSON object.
    void publish(std::string_view type, std::string_view subject, std::string_view data) const {
        const mortise_events_1& table = services_.events();
        const mortise_event event{sizeof(mortise_event), 0, to_abi(type), to_abi(subject), to_abi(data)};
        check(table.publish(&table, handle_, &event), "publishing an event");
    }

    // What the licence allows; the manifest asks for mortise.license/1.
    Licence licence() const { return {services_.license(), handle_}; }

    // Feature flags; the manifest asks for mortise.flags/1 and lists their keys.
    Flags flags() const { return {services_.flags(), handle_}; }

    // Methods of other plugins; the manifest asks for mortise.peers/1 and lists their interfaces under
    // `calls`.
    Peers peers() const { return {services_.peers(), handle_}; }

 protected:
    ~AnyCall() = default;

    // Reads what came with the call, of a size that is told and not relied on; nullopt beyond `limit` bytes.
    std::optional<std::string> read_all(std::uint64_t told, std::size_t limit) const {
        const mortise_http_1& http = services_.http();
        std::string data;
        std::size_t size = 0;
        while (true) {
            if (size > limit) return std::nullopt;
            const std::size_t known = std::min<std::uint64_t>(told, limit) + 1;
            data.resize(std::max(known, size + kPiece));
            std::uint64_t read = 0;
            const std::size_t capacity = data.size() - size;
            check(http.read_body(&http, handle_, reinterpret_cast<std::uint8_t*>(data.data() + size),
                                 capacity, &read),
                  "reading the body");
            if (read > capacity) throw HostFault("read_body answered more than fits");
            if (read == 0) break;
            size += read;
        }
        data.resize(size);
        return data;
    }

 private:
    static constexpr std::size_t kPiece = 4096;

    static mortise_status append(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
        try {
            static_cast<std::string*>(context)->append(reinterpret_cast<const char*>(data), size);
            return MORTISE_OK;
        } catch (...) {
            return MORTISE_E_TOO_BIG;
        }
    }

    const Services& services_;
    mortise_call handle_;
    const mortise_context& context_;
};

}  // namespace mortise::sdk
