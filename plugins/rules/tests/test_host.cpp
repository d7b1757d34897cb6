#include "test_host.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

namespace rules::test {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("no file " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string text_of(mortise_text text) {
    return text.size == 0 ? std::string() : std::string(text.data, text.size);
}

namespace {

constexpr mortise_call kCall = 7;

// A statement file: its parameters and columns, and its text with the blocks of one choice.
struct StatementFile {
    std::vector<std::string> parameters;
    std::vector<std::string> types;  // of the columns
    std::string text;

    StatementFile(const std::string& name, const mortise_value* values, std::uint64_t count) {
        std::istringstream file(read_file(std::string(RULES_SQL) + "/queries/" + name + ".sql"));
        bool used = true;
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            std::string dashes, kind, word, type;
            words >> dashes >> kind >> word >> type;
            if (line.starts_with("-- @param"))
                parameters.push_back(word);
            else if (line.starts_with("-- @column"))
                types.push_back(type);
            else if (line.starts_with("--? end"))
                used = true;
            else if (line.starts_with("--? "))
                used = is_chosen(kind, line.substr(line.find('=') + 2), values, count);
            else if (used && !line.starts_with("--"))
                text += line + '\n';
        }
    }

 private:
    bool is_chosen(const std::string& parameter, const std::string& choice, const mortise_value* values,
                   std::uint64_t count) const {
        const auto found = std::ranges::find(parameters, parameter);
        const auto place = static_cast<std::uint64_t>(found - parameters.begin());
        if (place >= count) return choice == "key";
        const mortise_bytes& bytes = values[place].as.bytes;
        return choice == std::string_view(reinterpret_cast<const char*>(bytes.data), bytes.size);
    }
};

void bind(sqlite3_stmt* statement, int place, const mortise_value& value) {
    const auto size = static_cast<int>(value.as.bytes.size);
    const auto* data = reinterpret_cast<const char*>(value.as.bytes.data);
    switch (value.type) {
        case MORTISE_VALUE_NULL:
            sqlite3_bind_null(statement, place);
            break;
        case MORTISE_VALUE_REAL:
            sqlite3_bind_double(statement, place, value.as.real);
            break;
        case MORTISE_VALUE_TEXT:
            sqlite3_bind_text(statement, place, data ? data : "", size, SQLITE_TRANSIENT);
            break;
        case MORTISE_VALUE_BYTES:
        case MORTISE_VALUE_UUID:
            sqlite3_bind_blob(statement, place, data, size, SQLITE_TRANSIENT);
            break;
        default:
            sqlite3_bind_int64(statement, place, value.as.integer);
    }
}

void append_little_endian(std::string& out, std::uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i)
        out += static_cast<char>((number >> (8 * i)) & 255U);
}

void append_cell(std::string& out, sqlite3_stmt* statement, int column, std::string_view type) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        out += static_cast<char>(MORTISE_VALUE_NULL);
    } else if (type.starts_with("uuid")) {
        out += static_cast<char>(MORTISE_VALUE_UUID);
        out.append(static_cast<const char*>(sqlite3_column_blob(statement, column)), 16);
    } else if (type.starts_with("text")) {
        out += static_cast<char>(MORTISE_VALUE_TEXT);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        append_little_endian(out, size, 4);
        out.append(reinterpret_cast<const char*>(sqlite3_column_text(statement, column)), size);
    } else {
        out += static_cast<char>(MORTISE_VALUE_INT);
        append_little_endian(out, static_cast<std::uint64_t>(sqlite3_column_int64(statement, column)), 8);
    }
}

mortise_status status_of(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
            return MORTISE_E_UNIQUE;
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return MORTISE_E_FOREIGN_KEY;
        case SQLITE_CONSTRAINT_CHECK:
            return MORTISE_E_CHECK;
        default:
            return MORTISE_E_INTERNAL;
    }
}

int hex(char c) {
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

std::string decode_percent(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char by) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = std::min(text.find(by), text.size());
        parts.emplace_back(text.substr(0, end));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
    }
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The parameters of `path` under `pattern`, if it fits.
std::optional<Pairs> match(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    Pairs found;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].starts_with('{'))
            found.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), decode_percent(given[i]));
        else if (wanted[i] != given[i])
            return std::nullopt;
    }
    return found;
}

std::vector<mortise_pair> to_abi(const Pairs& pairs) {
    std::vector<mortise_pair> result;
    for (const auto& [name, value] : pairs)
        result.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
    return result;
}

}  // namespace

// The C tables, each with the host behind it.
struct TestHost::Tables {
    template <typename Table>
    struct Bound {
        Table table;
        Tables* self;
    };

    explicit Tables(TestHost& owning) : owner(owning) {}

    template <typename Table>
    static Tables& of(const Table* table) {
        return *reinterpret_cast<const Bound<Table>*>(table)->self;
    }

    static mortise_status read_body(const mortise_http_1* http, mortise_call, std::uint8_t* buffer,
                                    std::uint64_t capacity, std::uint64_t* read) {
        Tables& self = of(http);
        *read = std::min<std::uint64_t>(capacity, self.body.size() - self.consumed);
        std::memcpy(buffer, self.body.data() + self.consumed, *read);
        self.consumed += *read;
        return MORTISE_OK;
    }
    static mortise_status respond(const mortise_http_1* http, mortise_call, std::uint32_t status,
                                  const mortise_pair* headers, std::uint64_t count) {
        Answer& answer = of(http).answer;
        answer.status = status;
        for (std::uint64_t i = 0; i < count; ++i)
            answer.headers[text_of(headers[i].name)] = text_of(headers[i].value);
        return MORTISE_OK;
    }
    static mortise_status write(const mortise_http_1* http, mortise_call, const std::uint8_t* data,
                                std::uint64_t size) {
        of(http).answer.body.append(reinterpret_cast<const char*>(data), size);
        return size <= MORTISE_BATCH_BYTES ? MORTISE_OK : MORTISE_E_TOO_BIG;
    }
    static mortise_status fail(const mortise_http_1* http, mortise_call, const mortise_problem* problem) {
        Answer& answer = of(http).answer;
        answer.status = problem->status;
        answer.body.clear();
        answer.problem = problem->extensions.size == 0 ? nlohmann::json::object()
                                                       : nlohmann::json::parse(text_of(problem->extensions));
        answer.problem["code"] = text_of(problem->code);
        answer.problem["detail"] = text_of(problem->detail);
        if (problem->errors.size != 0)
            answer.problem["errors"] = nlohmann::json::parse(text_of(problem->errors));
        return MORTISE_OK;
    }
    static void log(const mortise_log_1* table, mortise_call, std::uint32_t, mortise_text message,
                    const mortise_pair* fields, std::uint64_t count) {
        of(table).answer.body += "log: " + text_of(message) + (count ? " " + text_of(fields[0].value) : "");
    }
    static std::int64_t time(const mortise_clock_1* clock) { return of(clock).owner.now; }
    // No two hosts give the same id: what is compiled is kept by its id, for all of the process.
    static mortise_uuid uuid7(const mortise_ids_1*) {
        static std::uint64_t last = 0;
        const std::uint64_t number = ++last;
        mortise_uuid id{};
        for (unsigned i = 0; i < 8; ++i)
            id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
        return id;
    }
    static mortise_status get_settings(const mortise_settings_1* table, mortise_call,
                                       const mortise_sink* sink) {
        const std::string& json = of(table).owner.settings;
        return sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(json.data()), json.size());
    }
    static mortise_status publish(const mortise_events_1* table, mortise_call, const mortise_event* event) {
        if (!nlohmann::json::parse(text_of(event->data)).is_object()) return MORTISE_E_INVALID;
        of(table).pending.push_back(text_of(event->type) + ' ' + text_of(event->subject));
        return MORTISE_OK;
    }

    static mortise_status run(const mortise_sql_1* sql, mortise_call, mortise_text name,
                              const mortise_value* values, std::uint64_t count, const mortise_sink* sink,
                              std::int64_t* changed) {
        Tables& self = of(sql);
        ++self.owner.statements_;
        const StatementFile file(text_of(name), values, count);
        if (count != file.parameters.size()) return MORTISE_E_INVALID;
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(self.owner.database_, file.text.c_str(), -1, &statement, nullptr) != SQLITE_OK)
            throw std::runtime_error(sqlite3_errmsg(self.owner.database_));
        const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owned(statement, &sqlite3_finalize);
        if (!self.may_write && sqlite3_stmt_readonly(statement) == 0) return MORTISE_E_DENIED;
        for (std::size_t i = 0; i < file.parameters.size(); ++i)
            if (const int place = sqlite3_bind_parameter_index(statement, (':' + file.parameters[i]).c_str()))
                bind(statement, place, values[i]);
        const mortise_status status = step(statement, file.types, sink);
        *changed = sqlite3_stmt_readonly(statement) != 0 ? 0 : sqlite3_changes(self.owner.database_);
        return status;
    }

    // Sends three rows a batch, so that both a batch of several rows and several batches occur.
    static mortise_status step(sqlite3_stmt* statement, const std::vector<std::string>& types,
                               const mortise_sink* sink) {
        std::string batch;
        int rows = 0;
        int code = sqlite3_step(statement);
        for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
            for (std::size_t i = 0; i < types.size(); ++i)
                append_cell(batch, statement, static_cast<int>(i), types[i]);
            if (++rows % 3 == 0 && push(sink, batch) != MORTISE_OK) return MORTISE_E_STOPPED;
        }
        if (code != SQLITE_DONE) return status_of(sqlite3_extended_errcode(sqlite3_db_handle(statement)));
        return batch.empty() ? MORTISE_OK : push(sink, batch);
    }
    static mortise_status push(const mortise_sink* sink, std::string& batch) {
        const std::string full = std::exchange(batch, {});
        return sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(full.data()), full.size());
    }

    static const void* service(const mortise_host* host, mortise_text id) {
        Tables& self = of(host);
        const std::map<std::string, const void*> tables{
            {MORTISE_HTTP_1, &self.http},        {MORTISE_LOG_1, &self.log_table},
            {MORTISE_CLOCK_1, &self.clock},      {MORTISE_IDS_1, &self.ids},
            {MORTISE_SQL_1, &self.sql},          {MORTISE_EVENTS_1, &self.events},
            {MORTISE_SETTINGS_1, &self.settings}};
        const auto found = tables.find(text_of(id));
        return found == tables.end() ? nullptr : found->second;
    }

    TestHost& owner;
    Answer answer;
    std::string body;
    std::size_t consumed = 0;
    bool may_write = false;
    std::vector<std::string> pending;

    Bound<mortise_http_1> http{{sizeof(mortise_http_1), 0, read_body, respond, write, fail}, this};
    Bound<mortise_log_1> log_table{{sizeof(mortise_log_1), 0, log}, this};
    Bound<mortise_clock_1> clock{{sizeof(mortise_clock_1), 0, time}, this};
    Bound<mortise_ids_1> ids{{sizeof(mortise_ids_1), 0, uuid7}, this};
    Bound<mortise_settings_1> settings{{sizeof(mortise_settings_1), 0, get_settings}, this};
    Bound<mortise_sql_1> sql{{sizeof(mortise_sql_1), 0, run}, this};
    Bound<mortise_events_1> events{{sizeof(mortise_events_1), 0, publish}, this};
    Bound<mortise_host> host{{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, service}, this};
};

namespace {

// In their order, which is that of their names.
std::set<std::string> migrations() {
    std::set<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(RULES_SQL "/migrations"))
        paths.insert(entry.path().string());
    return paths;
}

}  // namespace

TestHost::TestHost() : tables_(std::make_unique<Tables>(*this)) {
    sqlite3_open(":memory:", &database_);
    const auto tenant = [](sqlite3_context* context, int, sqlite3_value**) {
        static constexpr std::array<char, 16> kTenant{'t', 'e', 'n', 'a', 'n', 't'};
        sqlite3_result_blob(context, kTenant.data(), 16, SQLITE_STATIC);
    };
    sqlite3_create_function(database_, "mortise_tenant", 0,
                            SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr, tenant, nullptr,
                            nullptr);
    run_script("PRAGMA foreign_keys = ON");
    for (const std::string& migration : migrations())
        run_script(read_file(migration));
    if (mortise_plugin_entry.start(&tables_->host.table, &instance_) != MORTISE_OK)
        throw std::runtime_error("the plugin did not start");
}

TestHost::~TestHost() {
    mortise_plugin_entry.stop(instance_);
    sqlite3_close(database_);
}

void TestHost::run_script(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_));
}

std::string TestHost::explain(const std::string& name) {
    const StatementFile file(name, nullptr, 0);
    std::string plan;
    const auto append = [](void* context, int, char** values, char**) {
        static_cast<std::string*>(context)->append(values[3]).append("\n");
        return 0;
    };
    const std::string sql = "EXPLAIN QUERY PLAN " + file.text;
    if (sqlite3_exec(database_, sql.c_str(), append, &plan, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_));
    return plan;
}

template <typename Function>
Answer TestHost::run(std::string body, std::uint32_t access, Function function) {
    tables_->answer = {};
    tables_->pending.clear();
    tables_->consumed = 0;
    tables_->body = std::move(body);
    tables_->may_write = access == MORTISE_ACCESS_WRITE;
    statements_ = 0;
    mortise_context context{};
    context.size = sizeof context;
    context.actor = actor;
    run_script("BEGIN IMMEDIATE");
    tables_->answer.result = function(context, tables_->body.size());
    const bool good = tables_->answer.result == MORTISE_OK && tables_->answer.status < 400;
    run_script(good ? "COMMIT" : "ROLLBACK");
    if (good) events_ = tables_->pending;
    return tables_->answer;
}

Answer TestHost::serve(std::string_view name, const nlohmann::json& input) {
    for (std::uint32_t i = 0; i < mortise_plugin_entry.method_count; ++i) {
        const mortise_method& method = mortise_plugin_entry.methods[i];
        if (text_of(method.interface) != "rules.decisions/1" || text_of(method.name) != name) continue;
        return run(input.dump(), method.access, [&](const mortise_context& context, std::uint64_t size) {
            const mortise_method_call request{sizeof(mortise_method_call), i, &context, {"caller", 6}, size};
            return mortise_plugin_entry.serve(instance_, kCall, &request);
        });
    }
    throw std::runtime_error("no method " + std::string(name));
}

Answer TestHost::call(std::string_view method, std::string_view target, std::string body,
                      const Headers& headers) {
    static constexpr std::array<std::string_view, 6> kMethods{"", "GET", "POST", "PUT", "PATCH", "DELETE"};
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    Pairs query;
    if (mark < target.size())
        for (const std::string& part : split(target.substr(mark + 1), '&')) {
            const std::size_t equals = std::min(part.find('='), part.size());
            query.emplace_back(
                decode_percent(part.substr(0, equals)),
                equals < part.size() ? decode_percent(part.substr(equals + 1)) : std::string());
        }
    for (std::uint32_t i = 0; i < mortise_plugin_entry.route_count; ++i) {
        const mortise_route& route = mortise_plugin_entry.routes[i];
        const auto parameters = match(text_of(route.pattern), path);
        if (!parameters || kMethods[route.method] != method) continue;
        const auto path_pairs = to_abi(*parameters);
        const auto query_pairs = to_abi(query);
        const auto header_pairs = to_abi(headers);
        return run(std::move(body), route.access, [&](const mortise_context& context, std::uint64_t size) {
            const mortise_request request{sizeof(mortise_request),
                                          i,
                                          &context,
                                          path_pairs.data(),
                                          path_pairs.size(),
                                          query_pairs.data(),
                                          query_pairs.size(),
                                          header_pairs.data(),
                                          header_pairs.size(),
                                          size};
            return mortise_plugin_entry.call(instance_, kCall, &request);
        });
    }
    throw std::runtime_error("no route for " + std::string(method) + ' ' + std::string(target));
}

}  // namespace rules::test
