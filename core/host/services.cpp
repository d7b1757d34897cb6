#include "core/host/services.hpp"

#include "core/base/text.hpp"
#include "core/host/row_batch.hpp"
#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>

namespace mortise::host {
namespace {

using base::Error;
using storage::Value;

// Limits of what one call may make the host hold.
constexpr std::size_t kMaxResponseBytes = 64UL * 1024 * 1024;
constexpr std::size_t kMaxEvents = 100000;
constexpr std::size_t kMaxEventBytes = 256UL * 1024;
constexpr std::size_t kMaxLogBytes = 8192;
constexpr std::size_t kMaxFields = 32;
constexpr std::size_t kMaxHeaders = 64;

bool is_valid(mortise_text text) noexcept {
    return text.data != nullptr || text.size == 0;
}

std::string_view view(mortise_text text) noexcept {
    return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

mortise_status status_of(const Error& error) noexcept {
    static constexpr std::array<std::pair<std::string_view, mortise_status>, 12> kTable = {{
        {storage::kUnique, MORTISE_E_UNIQUE},
        {storage::kForeignKey, MORTISE_E_FOREIGN_KEY},
        {storage::kCheck, MORTISE_E_CHECK},
        {storage::kBusy, MORTISE_E_BUSY},
        {storage::kSerialization, MORTISE_E_BUSY},
        {storage::kStatementTimeout, MORTISE_E_TIMEOUT},
        {storage::kDenied, MORTISE_E_DENIED},
        {storage::kTooBig, MORTISE_E_TOO_BIG},
        {storage::kFull, MORTISE_E_UNAVAILABLE},
        {storage::kOutOfMemory, MORTISE_E_UNAVAILABLE},
        {storage::kLost, MORTISE_E_UNAVAILABLE},
        {"invalid_parameter", MORTISE_E_INVALID},
    }};
    for (const auto& [code, status] : kTable)
        if (code == error.code) return status;
    return MORTISE_E_INTERNAL;
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
            return Value(value.as.real);
        case MORTISE_VALUE_BOOL:
            return Value(value.as.integer != 0);
        case MORTISE_VALUE_TEXT:
            if ((bytes.data == nullptr && bytes.size > 0) || !base::is_utf8(raw)) return std::nullopt;
            return Value(bytes.size == 0 ? std::string_view("") : raw);
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

// Headers that the host alone decides.
bool is_reserved_header(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 6> kReserved = {
        "content-length", "connection", "transfer-encoding", "date", "set-cookie", "x-request-id"};
    return std::any_of(kReserved.begin(), kReserved.end(),
                       [&](std::string_view reserved) { return base::iequals(name, reserved); });
}

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

    Tables(const Manifest& its_manifest, Statements its_statements, ServiceParts its_parts);

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

    Manifest manifest;
    Statements statements;
    ServiceParts parts;
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
};

Services::Tables::Tables(const Manifest& its_manifest, Statements its_statements, ServiceParts its_parts)
    : manifest(its_manifest),
      statements(std::move(its_statements)),
      parts(std::move(its_parts)),
      source("/plugins/" + its_manifest.id),
      host{{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, find_service}, this},
      http{{sizeof(mortise_http_1), 0, read_body, respond, write, fail}, this},
      log_table{{sizeof(mortise_log_1), 0, log}, this},
      clock{{sizeof(mortise_clock_1), 0, now}, this},
      ids{{sizeof(mortise_ids_1), 0, uuid7}, this},
      settings_table{{sizeof(mortise_settings_1), 0, settings}, this},
      sql{{sizeof(mortise_sql_1), 0, run}, this},
      events{{sizeof(mortise_events_1), 0, publish}, this} {}

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
    return nullptr;
}

mortise_status Services::Tables::read_body(const mortise_http_1* self, mortise_call call,
                                           std::uint8_t* buffer, std::uint64_t capacity,
                                           std::uint64_t* read) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || read == nullptr || (buffer == nullptr && capacity > 0))
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        const std::string_view rest = state->request.body.substr(state->body_read);
        *read = std::min<std::uint64_t>(capacity, rest.size());
        if (*read > 0) std::memcpy(buffer, rest.data(), *read);
        state->body_read += *read;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::respond(const mortise_http_1* self, mortise_call call, std::uint32_t status,
                                         const mortise_pair* headers, std::uint64_t count) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || status < 200 || status > 599 || count > kMaxHeaders ||
            (headers == nullptr && count > 0))
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->responded) return MORTISE_E_WRONG_CALL;
        Pairs pairs;
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!is_valid(headers[i].name) || !is_valid(headers[i].value) ||
                is_reserved_header(view(headers[i].name)))
                return MORTISE_E_INVALID;
            pairs.emplace_back(view(headers[i].name), view(headers[i].value));
        }
        state->response.status = status;
        state->response.headers = std::move(pairs);
        state->responded = true;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::write(const mortise_http_1* self, mortise_call call,
                                       const std::uint8_t* data, std::uint64_t size) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || (data == nullptr && size > 0) || size > MORTISE_BATCH_BYTES)
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || !state->responded || state->response.is_problem())
            return MORTISE_E_WRONG_CALL;
        if (state->response.body.size() + size > kMaxResponseBytes) return MORTISE_E_TOO_BIG;
        state->response.body.append(reinterpret_cast<const char*>(data), size);
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::fail(const mortise_http_1* self, mortise_call call,
                                      const mortise_problem* problem) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || problem == nullptr || problem->size < sizeof(mortise_problem) ||
            problem->status < 400 || problem->status > 599 || view(problem->code).empty())
            return MORTISE_E_INVALID;
        for (const mortise_text text : {problem->code, problem->detail, problem->errors, problem->extensions})
            if (!is_valid(text) || !base::is_utf8(view(text))) return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        PluginResponse response;
        response.status = problem->status;
        response.code = view(problem->code);
        response.detail = view(problem->detail);
        response.errors = view(problem->errors);
        response.extensions = view(problem->extensions);
        state->response = std::move(response);
        state->responded = true;
        return MORTISE_OK;
    });
}

void Services::Tables::log(const mortise_log_1* self, mortise_call call, std::uint32_t level,
                           mortise_text message, const mortise_pair* fields, std::uint64_t count) noexcept {
    (void)guarded([&]() -> mortise_status {
        if (self == nullptr || !is_valid(message) || (fields == nullptr && count > 0))
            return MORTISE_E_INVALID;
        Tables& tables = of(self);
        std::vector<telemetry::Field> all = {{"plugin", std::string_view(tables.manifest.id)}};
        std::string request, tenant;
        if (const CallState* state = tables.calls.find(call)) {
            request = state->context.request_id.to_string();
            tenant = state->context.tenant_slug;
            all.push_back({"request_id", std::string_view(request)});
            all.push_back({"tenant", std::string_view(tenant)});
        }
        std::vector<std::string> names;  // prefixed, so that a plugin can't pass for the host
        names.reserve(kMaxFields);
        for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, kMaxFields); ++i) {
            if (!is_valid(fields[i].name) || !is_valid(fields[i].value)) return MORTISE_E_INVALID;
            std::string name = "plugin.";
            base::append_json_escaped(name, view(fields[i].name).substr(0, 64));
            names.push_back(std::move(name));
            all.push_back({names.back(), view(fields[i].value).substr(0, kMaxLogBytes)});
        }
        const auto chosen = static_cast<telemetry::Level>(std::min<std::uint32_t>(level, MORTISE_LOG_ERROR));
        tables.parts.log.write(chosen, view(message).substr(0, kMaxLogBytes), all);
        return MORTISE_OK;
    });
}

std::int64_t Services::Tables::now(const mortise_clock_1* self) noexcept {
    return of(self).parts.clock.now();
}

mortise_uuid Services::Tables::uuid7(const mortise_ids_1* self) noexcept {
    const base::Uuid id = base::new_uuid(of(self).parts.clock);
    mortise_uuid out;
    std::copy(id.bytes.begin(), id.bytes.end(), out.bytes);
    return out;
}

mortise_status Services::Tables::settings(const mortise_settings_1* self, mortise_call call,
                                          const mortise_sink* sink) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || sink == nullptr || sink->push == nullptr) return MORTISE_E_INVALID;
        Tables& tables = of(self);
        const CallState* state = tables.calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        const std::string json = tables.parts.settings(state->context.tenant, tables.manifest.id);
        return sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(json.data()), json.size());
    });
}

mortise_status Services::Tables::run(const mortise_sql_1* self, mortise_call call, mortise_text name,
                                     const mortise_value* values, std::uint64_t count,
                                     const mortise_sink* sink, std::int64_t* changed) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || !is_valid(name) || (values == nullptr && count > 0) ||
            count > storage::kMaxStatementParameters || (sink != nullptr && sink->push == nullptr))
            return MORTISE_E_INVALID;
        Tables& tables = of(self);
        CallState* state = tables.calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        const auto found = tables.statements.find(view(name));
        if (found == tables.statements.end()) return MORTISE_E_NOT_FOUND;
        std::vector<Value> given;
        given.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            auto value = to_value(values[i]);
            if (!value) return MORTISE_E_INVALID;
            given.push_back(*value);
        }
        std::vector<Value> bound;
        const auto statement = found->second->select(given, bound);
        if (!statement.ok()) {
            tables.parts.log.warn("a plugin ran a statement with wrong values",
                                  {{"plugin", std::string_view(tables.manifest.id)},
                                   {"reason", std::string_view(statement.error().detail)}});
            return MORTISE_E_INVALID;
        }
        RowBatch batch(sink);
        const auto result = state->unit.run(
            **statement, bound,
            sink == nullptr ? storage::RowSink() : [&](const storage::Row& row) { return batch.add(row); });
        if (!result.ok()) {
            if (!state->storage_error) state->storage_error = result.error();
            return status_of(result.error());
        }
        if (const mortise_status sent = batch.finish(); sent != MORTISE_OK) return sent;
        if (changed != nullptr) *changed = *result;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::publish(const mortise_events_1* self, mortise_call call,
                                         const mortise_event* event) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || event == nullptr || event->size < sizeof(mortise_event))
            return MORTISE_E_INVALID;
        for (const mortise_text text : {event->type, event->subject, event->data})
            if (!is_valid(text) || !base::is_utf8(view(text))) return MORTISE_E_INVALID;
        Tables& tables = of(self);
        CallState* state = tables.calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        if (!tables.manifest.publishes(view(event->type)) || state->unit.access() != storage::Access::kWrite)
            return MORTISE_E_DENIED;
        if (view(event->data).size() > kMaxEventBytes || state->events.size() >= kMaxEvents)
            return MORTISE_E_TOO_BIG;
        state->events.push_back({fmt::format("mortise.{}.{}", tables.manifest.id, view(event->type)),
                                 tables.source, std::string(view(event->subject)),
                                 std::string(view(event->data))});
        return MORTISE_OK;
    });
}

Services::Services(const Manifest& manifest, Statements statements, ServiceParts parts)
    : tables_(std::make_unique<Tables>(manifest, std::move(statements), std::move(parts))) {}

Services::~Services() = default;

const mortise_host& Services::host() const noexcept {
    return tables_->host.table;
}

CallTable& Services::calls() noexcept {
    return tables_->calls;
}

}  // namespace mortise::host
