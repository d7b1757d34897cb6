#include "core/host/services.hpp"

#include "core/host/flag_abi.hpp"
#include "core/host/service_tables.hpp"
#include "core/host/worker_messages.hpp"
#include "core/storage/statement_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

namespace mortise::host {
namespace {

using storage::Value;

// The most that the values of one statement hold together.
constexpr std::size_t kMaxStatementBytes = 48UL * 1024 * 1024;

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

}  // namespace

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
      flags{{sizeof(mortise_flags_1), 0, evaluate, watch}, this},
      peers{{sizeof(mortise_peers_1), 0, call_peer}, this} {}

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
    if (wanted == MORTISE_PEERS_1) return &tables.peers.table;
    return nullptr;
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
            answer.event_count >= kMaxEvents || answer.event_bytes + bytes > kMaxEventsBytes)
            return MORTISE_E_TOO_BIG;
        if (!is_sound_event(view(event->subject), view(event->data))) return MORTISE_E_INVALID;
        ++answer.event_count;
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
