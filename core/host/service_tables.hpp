#pragma once

// Private to the services: the tables, and what their functions share.

#include "core/host/services.hpp"
#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <atomic>
#include <new>
#include <string>
#include <string_view>

namespace mortise::host {

inline bool is_valid(mortise_text text) noexcept {
    return text.data != nullptr || text.size == 0;
}

inline std::string_view view(mortise_text text) noexcept {
    return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

// Every function of a table goes through here: no exception crosses the border.
template <class Body>
mortise_status guarded(Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return MORTISE_E_UNAVAILABLE;
    } catch (...) {
        return MORTISE_E_INTERNAL;
    }
}

// Marks a call as being inside a service while the plugin's sink runs.
class InService {
 public:
    explicit InService(CallState& state) : state_(state) { state_.in_service = true; }
    ~InService() { state_.in_service = false; }
    InService(const InService&) = delete;
    InService& operator=(const InService&) = delete;

 private:
    CallState& state_;
};

// The same, with the unit of work, unless that was taken away because the call is too late.
class UsesUnit {
 public:
    explicit UsesUnit(CallState& state) : inside_(state), gate_(state.gate), may_(gate_.enter()) {}
    ~UsesUnit() {
        if (may_) gate_.leave();
    }
    UsesUnit(const UsesUnit&) = delete;
    UsesUnit& operator=(const UsesUnit&) = delete;
    bool may() const noexcept { return may_; }

 private:
    const InService inside_;
    UnitGate& gate_;
    const bool may_;
};

// The same while a call of another plugin's method has the unit of work.
class LendsUnit {
 public:
    explicit LendsUnit(CallState& state) : inside_(state), gate_(state.gate), may_(gate_.lend()) {}
    ~LendsUnit() {
        if (may_) gate_.leave();
    }
    LendsUnit(const LendsUnit&) = delete;
    LendsUnit& operator=(const LendsUnit&) = delete;
    bool may() const noexcept { return may_; }

 private:
    const InService inside_;
    UnitGate& gate_;
    const bool may_;
};

// Each C table stands first in a struct that knows its way back, so `self` leads to all of them.
struct Services::Tables {
    template <class Table>
    struct Entry {
        Table table;
        Tables* tables;
    };

    template <class Table>
    static Tables& of(const Table* self) noexcept {
        return *reinterpret_cast<const Entry<Table>*>(self)->tables;
    }

    Tables(const Manifest& its_manifest, const base::Clock& its_clock, PluginLogWriter its_log);

    static const void* find_service(const mortise_host* self, mortise_text id) noexcept;

    static mortise_status read_body(const mortise_http_1* self, mortise_call call, std::uint8_t* buffer,
                                    std::uint64_t capacity, std::uint64_t* read) noexcept;
    static mortise_status respond(const mortise_http_1* self, mortise_call call, std::uint32_t status,
                                  const mortise_pair* headers, std::uint64_t count) noexcept;
    static mortise_status write(const mortise_http_1* self, mortise_call call, const std::uint8_t* data,
                                std::uint64_t size) noexcept;
    static mortise_status fail(const mortise_http_1* self, mortise_call call,
                               const mortise_problem* problem) noexcept;
    static void log(const mortise_log_1* self, mortise_call call, std::uint32_t level, mortise_text message,
                    const mortise_pair* fields, std::uint64_t count) noexcept;
    static std::int64_t now(const mortise_clock_1* self) noexcept;
    static mortise_uuid uuid7(const mortise_ids_1* self) noexcept;
    static mortise_status settings(const mortise_settings_1* self, mortise_call call,
                                   const mortise_sink* sink) noexcept;
    static mortise_status run(const mortise_sql_1* self, mortise_call call, mortise_text name,
                              const mortise_value* values, std::uint64_t count, const mortise_sink* sink,
                              std::int64_t* changed) noexcept;
    static mortise_status publish(const mortise_events_1* self, mortise_call call,
                                  const mortise_event* event) noexcept;
    static mortise_status entitled(const mortise_license_1* self, mortise_call call, mortise_text feature,
                                   std::uint32_t* entitled) noexcept;
    static mortise_status limit(const mortise_license_1* self, mortise_call call, mortise_text name,
                                mortise_limit* limit) noexcept;
    static mortise_status count(const mortise_license_1* self, mortise_call call, mortise_text meter,
                                std::uint64_t amount) noexcept;

    static mortise_status evaluate(const mortise_flags_1* self, mortise_call call, mortise_text key,
                                   std::uint32_t type, const mortise_flag_context* context,
                                   const mortise_flag_sink* sink) noexcept;
    static mortise_status watch(const mortise_flags_1* self, const mortise_flag_watcher* watcher) noexcept;
    static mortise_status call_peer(const mortise_peers_1* self, mortise_call call, mortise_text interface,
                                    mortise_text method, mortise_bytes input,
                                    const mortise_peer_sink* sink) noexcept;

    Manifest manifest;
    const base::Clock& system_clock;
    PluginLogWriter write_log;
    CallTable calls;
    std::string source;  // of its events

    Entry<mortise_host> host;
    Entry<mortise_http_1> http;
    Entry<mortise_log_1> log_table;
    Entry<mortise_clock_1> clock;
    Entry<mortise_ids_1> ids;
    Entry<mortise_settings_1> settings_table;
    Entry<mortise_sql_1> sql;
    Entry<mortise_events_1> events;
    Entry<mortise_license_1> license;
    Entry<mortise_flags_1> flags;
    Entry<mortise_peers_1> peers;

    mortise_flag_watcher watcher{};  // written during start, before any call
    std::atomic<bool> starting = true;
};

}  // namespace mortise::host
