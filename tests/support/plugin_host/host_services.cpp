#include "tests/support/plugin_host/host_services.hpp"

#include "mortise/abi/services.h"
#include "tests/support/plugin_host/text.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <span>
#include <utility>

namespace mortise::test {
namespace {

using nlohmann::json;

// The value that a text of the plugin's holds; discarded if it is no JSON.
json json_of(mortise_text text) {
    return json::parse(text_of(text), nullptr, false);
}

}  // namespace

// The C tables, each with the services behind it.
struct HostServices::Tables {
    template <typename Table>
    struct Bound {
        Table table;
        HostServices* services;
    };

    explicit Tables(HostServices& services) : owner(&services) {}

    template <typename Table>
    static HostServices& of(const Table* table) {
        return *reinterpret_cast<const Bound<Table>*>(table)->services;
    }

    static mortise_status read_body(const mortise_http_1* http, mortise_call, std::uint8_t* buffer,
                                    std::uint64_t capacity, std::uint64_t* read) {
        std::string_view& body = of(http).run.body;
        *read = std::min<std::uint64_t>(capacity, body.size());
        if (*read > 0) std::memcpy(buffer, body.data(), *read);
        body.remove_prefix(*read);
        return MORTISE_OK;
    }
    static mortise_status respond(const mortise_http_1* http, mortise_call, std::uint32_t status,
                                  const mortise_pair* headers, std::uint64_t count) {
        Answer& answer = of(http).run.answer;
        answer.status = status;
        for (std::uint64_t i = 0; i < count; ++i)
            answer.headers[text_of(headers[i].name)] = text_of(headers[i].value);
        return MORTISE_OK;
    }
    static mortise_status write(const mortise_http_1* http, mortise_call, const std::uint8_t* data,
                                std::uint64_t size) {
        if (size > MORTISE_BATCH_BYTES) return MORTISE_E_TOO_BIG;
        of(http).run.answer.body.append(reinterpret_cast<const char*>(data), size);
        return MORTISE_OK;
    }
    static mortise_status fail(const mortise_http_1* http, mortise_call, const mortise_problem* problem) {
        json told = problem->extensions.size == 0 ? json::object() : json_of(problem->extensions);
        if (!told.is_object()) return MORTISE_E_INVALID;
        told["code"] = text_of(problem->code);
        told["detail"] = text_of(problem->detail);
        if (problem->errors.size != 0) told["errors"] = json_of(problem->errors);
        if (told.contains("errors") && !told["errors"].is_array()) return MORTISE_E_INVALID;
        Answer& answer = of(http).run.answer;
        answer.status = problem->status;
        answer.body.clear();
        answer.problem = std::move(told);
        return MORTISE_OK;
    }

    static void log(const mortise_log_1*, mortise_call, std::uint32_t, mortise_text message,
                    const mortise_pair* fields, std::uint64_t count) {
        std::cerr << "the plugin logs: " << text_of(message);
        for (const mortise_pair& field : std::span(fields, count))
            std::cerr << ' ' << text_of(field.name) << '=' << text_of(field.value);
        std::cerr << '\n';
    }
    static std::int64_t time(const mortise_clock_1* clock) { return of(clock).now_; }
    // No two hosts give the same id: what a plugin keeps by an id, it keeps for all of the process.
    static mortise_uuid uuid7(const mortise_ids_1*) {
        static std::uint64_t last = 0;
        const std::uint64_t number = ++last;
        mortise_uuid id{};
        for (unsigned i = 0; i < 8; ++i)
            id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
        return id;
    }
    static mortise_status get_settings(const mortise_settings_1* settings, mortise_call,
                                       const mortise_sink* sink) {
        const std::string& text = of(settings).settings_;
        const mortise_status sent =
            sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
        return sent == MORTISE_E_STOPPED ? MORTISE_OK : sent;
    }
    static mortise_status publish(const mortise_events_1* events, mortise_call, const mortise_event* event) {
        if (!json_of(event->data).is_object()) return MORTISE_E_INVALID;
        of(events).run.events.push_back(text_of(event->type) + ' ' + text_of(event->subject));
        return MORTISE_OK;
    }

    static mortise_status run_statement(const mortise_sql_1* sql, mortise_call, mortise_text name,
                                        const mortise_value* values, std::uint64_t count,
                                        const mortise_sink* sink, std::int64_t* changed) noexcept try {
        HostServices& services = of(sql);
        ++services.run.statements;
        auto statement = services.database_.prepare(text_of(name), {values, count});
        if (statement.writes() && services.run.access != Access::kWrite) return refuse_write(services.run);
        std::int64_t rows = 0;
        const mortise_status status = statement.run(sink, rows);
        if (changed != nullptr && status == MORTISE_OK) *changed = rows;
        return status;
    } catch (const std::exception& error) {
        std::cerr << "the statement " << text_of(name) << " is wrong: " << error.what() << '\n';
        return MORTISE_E_INVALID;
    }
    static mortise_status refuse_write(Run& run) {
        if (run.access == Access::kRead) return MORTISE_E_DENIED;
        run.was_refused_to_write = true;
        return MORTISE_E_BUSY;
    }

    static const void* service(const mortise_host* host, mortise_text id) {
        const Tables& self = *of(host).tables_;
        const std::map<std::string, const void*> tables{
            {MORTISE_HTTP_1, &self.http},         {MORTISE_LOG_1, &self.log_table},
            {MORTISE_CLOCK_1, &self.clock},       {MORTISE_IDS_1, &self.ids},
            {MORTISE_SETTINGS_1, &self.settings}, {MORTISE_SQL_1, &self.sql},
            {MORTISE_EVENTS_1, &self.events}};
        const auto found = tables.find(text_of(id));
        return found == tables.end() ? nullptr : found->second;
    }

    HostServices* owner;
    Bound<mortise_http_1> http{{sizeof(mortise_http_1), 0, read_body, respond, write, fail}, owner};
    Bound<mortise_log_1> log_table{{sizeof(mortise_log_1), 0, log}, owner};
    Bound<mortise_clock_1> clock{{sizeof(mortise_clock_1), 0, time}, owner};
    Bound<mortise_ids_1> ids{{sizeof(mortise_ids_1), 0, uuid7}, owner};
    Bound<mortise_settings_1> settings{{sizeof(mortise_settings_1), 0, get_settings}, owner};
    Bound<mortise_sql_1> sql{{sizeof(mortise_sql_1), 0, run_statement}, owner};
    Bound<mortise_events_1> events{{sizeof(mortise_events_1), 0, publish}, owner};
    Bound<mortise_host> host{{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, service}, owner};
};

HostServices::HostServices(TenantDatabase& database, const std::int64_t& now, const std::string& settings)
    : database_(database), now_(now), settings_(settings), tables_(std::make_unique<Tables>(*this)) {}

HostServices::~HostServices() = default;

const mortise_host& HostServices::host() const noexcept {
    return tables_->host.table;
}

}  // namespace mortise::test
