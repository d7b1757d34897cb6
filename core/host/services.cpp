#include "core/host/services.hpp"

#include "core/host/flag_abi.hpp"
#include "core/host/worker_messages.hpp"
#include "core/storage/statement_file.hpp"
#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <exception>
#include <span>

namespace mortise::host {
namespace {

using storage::Value;

// The most that the values of one statement hold together.
constexpr std::size_t kMaxStatementBytes = 48UL * 1024 * 1024;

bool is_valid(mortise_text text) noexcept {
    return text.data != nullptr || text.size == 0;
}

std::string_view view(mortise_text text) noexcept {
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

std::optional<Value> to_value(const mortise_value& value) noexcept {
    const auto bytes = value.as.bytes;
    const std::string_view raw(reinterpret_cast<const char*>(bytes.data), bytes.size);
    switch (value.type) {
        case MORTISE_VALUE_NULL:
            return Value(storage::Null{});
        case MORTISE_VALUE_INT:
            return Value(value.as.integer);
        case MORTISE_VALUE_REAL:
            if (std::isnan(value.as.real)) return std::nullopt;
            return Value(value.as.real);
        case MORTISE_VALUE_BOOL:
            return Value(value.as.integer != 0);
        case MORTISE_VALUE_TEXT:
            if (bytes.size == 0) return Value(std::string_view(""));
            if (bytes.data == nullptr || !is_storable_text(raw)) return std::nullopt;
            return Value(raw);
        case MORTISE_VALUE_BYTES:
            if (bytes.data == nullptr && bytes.size > 0) return std::nullopt;
            return Value(storage::Bytes{raw});
        case MORTISE_VALUE_UUID: {
            if (bytes.data == nullptr) return std::nullopt;
            const auto id = base::Uuid::from_bytes(raw);
            if (!id) return std::nullopt;
            return Value(*id);
        }
        default:
            return std::nullopt;
    }
}

std::size_t size_of(const Value& value) noexcept {
    if (const auto* text = std::get_if<std::string_view>(&value)) return text->size();
    if (const auto* bytes = std::get_if<storage::Bytes>(&value)) return bytes->data.size();
    return sizeof(std::int64_t);
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

}  // namespace

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

    mortise_flag_watcher watcher{};  // written during start, before any call
    std::atomic<bool> starting = true;
};

Services::Tables::Tables(const Manifest& its_manifest, const base::Clock& its_clock, PluginLogWriter its_log)
    : manifest(its_manifest),
      system_clock(its_clock),
      write_log(std::move(its_log)),
      source("/plugins/" + its_manifest.id),
      host{{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, find_service}, this},
      http{{sizeof(mortise_http_1), 0, read_body, respond, write, fail}, this},
      log_table{{sizeof(mortise_log_1), 0, log}, this},
      clock{{sizeof(mortise_clock_1), 0, now}, this},
      ids{{sizeof(mortise_ids_1), 0, uuid7}, this},
      settings_table{{sizeof(mortise_settings_1), 0, settings}, this},
      sql{{sizeof(mortise_sql_1), 0, run}, this},
      events{{sizeof(mortise_events_1), 0, publish}, this},
      license{{sizeof(mortise_license_1), 0, entitled, limit, count}, this},
      flags{{sizeof(mortise_flags_1), 0, evaluate, watch}, this} {}

const void* Services::Tables::find_service(const mortise_host* self, mortise_text id) noexcept {
    if (self == nullptr || !is_valid(id)) return nullptr;
    const Tables& tables = of(self);
    const std::string_view wanted = view(id);
    if (wanted == MORTISE_HTTP_1) return &tables.http.table;  // without it no plugin could answer
    if (!tables.manifest.asks_for(wanted)) return nullptr;
    if (wanted == MORTISE_LOG_1) return &tables.log_table.table;
    if (wanted == MORTISE_CLOCK_1) return &tables.clock.table;
    if (wanted == MORTISE_IDS_1) return &tables.ids.table;
    if (wanted == MORTISE_SETTINGS_1) return &tables.settings_table.table;
    if (wanted == MORTISE_SQL_1) return &tables.sql.table;
    if (wanted == MORTISE_EVENTS_1) return &tables.events.table;
    if (wanted == MORTISE_LICENSE_1) return &tables.license.table;
    if (wanted == MORTISE_FLAGS_1) return &tables.flags.table;
    return nullptr;
}

mortise_status Services::Tables::read_body(const mortise_http_1* self, mortise_call call,
                                           std::uint8_t* buffer, std::uint64_t capacity,
                                           std::uint64_t* read) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || read == nullptr || (buffer == nullptr && capacity > 0))
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        return state->backend.read_body(buffer, capacity, *read);
    });
}

mortise_status Services::Tables::respond(const mortise_http_1* self, mortise_call call, std::uint32_t status,
                                         const mortise_pair* headers, std::uint64_t count) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || status < 200 || status > 599 || (headers == nullptr && count > 0))
            return MORTISE_E_INVALID;
        if (count > kMaxResponseHeaders) return MORTISE_E_TOO_BIG;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->answer.responded) return MORTISE_E_WRONG_CALL;
        Pairs pairs;
        std::size_t bytes = 0;
        for (const mortise_pair& header : std::span(headers, count)) {
            if (!is_valid(header.name) || !is_valid(header.value) || !is_allowed_header(view(header.name)))
                return MORTISE_E_INVALID;
            bytes += header.name.size + header.value.size;
            if (bytes > kMaxResponseHeaderBytes) return MORTISE_E_TOO_BIG;
            pairs.emplace_back(view(header.name), view(header.value));
        }
        state->answer.response.status = status;
        state->answer.response.headers = std::move(pairs);
        state->answer.responded = true;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::write(const mortise_http_1* self, mortise_call call,
                                       const std::uint8_t* data, std::uint64_t size) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || (data == nullptr && size > 0)) return MORTISE_E_INVALID;
        if (size > MORTISE_BATCH_BYTES) return MORTISE_E_TOO_BIG;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || !state->answer.responded || state->answer.response.problem)
            return MORTISE_E_WRONG_CALL;
        std::string& body = state->answer.response.body;
        if (body.size() + size > kMaxResponseBytes) return MORTISE_E_TOO_BIG;
        body.append(reinterpret_cast<const char*>(data), size);
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::fail(const mortise_http_1* self, mortise_call call,
                                      const mortise_problem* problem) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || problem == nullptr || problem->size < sizeof(mortise_problem))
            return MORTISE_E_INVALID;
        std::size_t bytes = 0;
        for (const mortise_text text :
             {problem->code, problem->detail, problem->errors, problem->extensions}) {
            if (!is_valid(text)) return MORTISE_E_INVALID;
            if (text.size > kMaxProblemBytes - bytes) return MORTISE_E_TOO_BIG;
            bytes += text.size;
        }
        CallState* state = of(self).calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        PluginProblem copy{problem->status, std::string(view(problem->code)),
                           std::string(view(problem->detail)), std::string(view(problem->errors)),
                           std::string(view(problem->extensions))};
        if (!is_sound_problem(copy)) return MORTISE_E_INVALID;
        state->answer.response = {.problem = std::move(copy)};
        state->answer.responded = true;
        return MORTISE_OK;
    });
}

void Services::Tables::log(const mortise_log_1* self, mortise_call call, std::uint32_t level,
                           mortise_text message, const mortise_pair* fields, std::uint64_t count) noexcept {
    (void)guarded([&]() -> mortise_status {
        if (self == nullptr || !is_valid(message) || (fields == nullptr && count > 0))
            return MORTISE_E_INVALID;
        Tables& tables = of(self);
        PluginLogLine line;
        line.level = static_cast<telemetry::Level>(std::min<std::uint32_t>(level, MORTISE_LOG_ERROR));
        line.message = view(message).substr(0, kMaxLogBytes);
        std::string request;
        std::size_t bytes = 0;
        if (const CallState* state = tables.calls.find(call)) {
            request = state->context.request_id.to_string();
            line.request_id = request;
            line.tenant = state->context.tenant_slug;
        }
        for (const mortise_pair& field : std::span(fields, std::min<std::uint64_t>(count, kMaxLogFields))) {
            if (!is_valid(field.name) || !is_valid(field.value)) return MORTISE_E_INVALID;
            line.fields.emplace_back(view(field.name).substr(0, kMaxLogName),
                                     view(field.value).substr(0, kMaxLogBytes));
            bytes += line.fields.back().first.size() + line.fields.back().second.size();
            if (bytes > kMaxLogLine) return MORTISE_E_TOO_BIG;
        }
        tables.write_log(line);
        return MORTISE_OK;
    });
}

std::int64_t Services::Tables::now(const mortise_clock_1* self) noexcept {
    return self == nullptr ? 0 : of(self).system_clock.now();
}

mortise_uuid Services::Tables::uuid7(const mortise_ids_1* self) noexcept {
    if (self == nullptr) return {};
    return std::bit_cast<mortise_uuid>(base::new_uuid(of(self).system_clock).bytes);
}

mortise_status Services::Tables::settings(const mortise_settings_1* self, mortise_call call,
                                          const mortise_sink* sink) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || sink == nullptr || sink->push == nullptr) return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        std::string json;
        if (const mortise_status status = state->backend.settings(json); status != MORTISE_OK) return status;
        const InService inside(*state);
        const mortise_status sunk =
            sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(json.data()), json.size());
        return sunk == MORTISE_E_STOPPED ? MORTISE_OK : sunk;
    });
}

mortise_status Services::Tables::run(const mortise_sql_1* self, mortise_call call, mortise_text name,
                                     const mortise_value* values, std::uint64_t count,
                                     const mortise_sink* sink, std::int64_t* changed) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || !is_valid(name) || (values == nullptr && count > 0) ||
            count > storage::kMaxStatementParameters || (sink != nullptr && sink->push == nullptr))
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        std::vector<Value> given;
        given.reserve(count);
        std::size_t bytes = 0;
        for (const mortise_value& one : std::span(values, count)) {
            const auto value = to_value(one);
            if (!value) return MORTISE_E_INVALID;
            bytes += size_of(*value);
            if (bytes > kMaxStatementBytes) return MORTISE_E_TOO_BIG;
            given.push_back(*value);
        }
        const UsesUnit inside(*state);
        if (!inside.may()) return MORTISE_E_TIMEOUT;
        std::int64_t rows = 0;
        const mortise_status status = state->backend.run(view(name), given, sink, rows);
        if (status == MORTISE_OK && changed != nullptr) *changed = rows;
        return status;
    });
}

mortise_status Services::Tables::publish(const mortise_events_1* self, mortise_call call,
                                         const mortise_event* event) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || event == nullptr || event->size < sizeof(mortise_event))
            return MORTISE_E_INVALID;
        for (const mortise_text text : {event->type, event->subject, event->data})
            if (!is_valid(text)) return MORTISE_E_INVALID;
        Tables& tables = of(self);
        CallState* state = tables.calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        if (!tables.manifest.publishes(view(event->type)) || state->access != storage::Access::kWrite)
            return MORTISE_E_DENIED;
        CallAnswer& answer = state->answer;
        const std::size_t bytes = event->data.size + event->subject.size;
        if (event->data.size > kMaxEventBytes || event->subject.size > kMaxEventBytes ||
            answer.events.size() >= kMaxEvents || answer.event_bytes + bytes > kMaxEventsBytes)
            return MORTISE_E_TOO_BIG;
        if (!is_sound_event(view(event->subject), view(event->data))) return MORTISE_E_INVALID;
        answer.event_bytes += bytes;
        answer.events.push_back({fmt::format("mortise.{}.{}", tables.manifest.id, view(event->type)),
                                 tables.source, std::string(view(event->subject)),
                                 std::string(view(event->data))});
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::entitled(const mortise_license_1* self, mortise_call call,
                                          mortise_text feature, std::uint32_t* entitled) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || entitled == nullptr || !is_valid(feature)) return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        bool yes = false;
        if (feature.size <= kMaxLicenceName) {
            const mortise_status status = state->backend.entitled(view(feature), yes);
            if (status != MORTISE_OK) return status;
        }
        *entitled = yes ? 1 : 0;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::limit(const mortise_license_1* self, mortise_call call, mortise_text name,
                                       mortise_limit* limit) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || limit == nullptr || limit->size < sizeof(mortise_limit) || !is_valid(name))
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        if (name.size > kMaxLicenceName) return MORTISE_E_NOT_FOUND;
        Allowance allowance;
        const mortise_status status = state->backend.limit(view(name), allowance);
        if (status != MORTISE_OK) return status;
        limit->soft = allowance.soft ? 1 : 0;
        limit->most = allowance.most;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::count(const mortise_license_1* self, mortise_call call, mortise_text meter,
                                       std::uint64_t amount) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || amount == 0 || !is_valid(meter)) return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        if (meter.size > kMaxLicenceName) return MORTISE_E_DENIED;
        return state->backend.count(view(meter), amount);
    });
}

mortise_status Services::Tables::evaluate(const mortise_flags_1* self, mortise_call call, mortise_text key,
                                          std::uint32_t type, const mortise_flag_context* context,
                                          const mortise_flag_sink* sink) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || sink == nullptr || sink->take == nullptr || !is_valid(key) ||
            type < MORTISE_FLAG_BOOLEAN || type > MORTISE_FLAG_JSON)
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        if (key.size > kMaxFlagKey) return MORTISE_E_DENIED;
        FlagSubject subject;
        if (const mortise_status status = subject.read(context, state->context); status != MORTISE_OK)
            return status;
        flags::Evaluation evaluation;
        const mortise_status status = state->backend.flag(subject.question(view(key)), evaluation);
        if (status != MORTISE_OK) return status;
        std::string text;
        const mortise_flag_value shown = shown_value(evaluation, type, text);
        const InService inside(*state);
        sink->take(sink->context, &shown);
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::watch(const mortise_flags_1* self,
                                       const mortise_flag_watcher* watcher) noexcept {
    if (self == nullptr || watcher == nullptr || watcher->changed == nullptr) return MORTISE_E_INVALID;
    Tables& tables = of(self);
    if (!tables.starting || tables.watcher.changed != nullptr) return MORTISE_E_WRONG_CALL;
    tables.watcher = *watcher;
    return MORTISE_OK;
}

Services::Services(const Manifest& manifest, const base::Clock& clock, PluginLogWriter log)
    : tables_(std::make_unique<Tables>(manifest, clock, std::move(log))) {}

Services::~Services() = default;

const mortise_host& Services::host() const noexcept {
    return tables_->host.table;
}

bool Services::watches_flags() const noexcept {
    return tables_->watcher.changed != nullptr;
}

void Services::end_start() noexcept {
    tables_->starting = false;
}

void Services::tell_of_flag(CallTable::Handle call, const mortise_context& about,
                            std::string_view key) const {
    const mortise_flag_watcher& watcher = tables_->watcher;
    watcher.changed(watcher.context, call, &about, {key.data(), key.size()});
}

CallTable& Services::calls() noexcept {
    return tables_->calls;
}

}  // namespace mortise::host
