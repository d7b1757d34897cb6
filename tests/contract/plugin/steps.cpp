// The steps of a script, by service.
#include "tests/contract/plugin/script.hpp"
#include "tests/contract/plugin/values.hpp"

#include <algorithm>
#include <functional>
#include <memory>

namespace contract {
namespace {

const std::uint8_t* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

// Takes pieces of a result, and does with them what the step's mode says.
struct Receiver {
    std::string mode;
    std::size_t columns = 0;
    std::function<void()> nested;
    std::string rows;
    std::uint64_t hash = hash_of("");
    std::uint64_t bytes = 0;
    std::uint64_t pieces = 0;
    bool too_large = false;  // a piece of more than one row beyond the limit of a batch

    static mortise_status push(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
        auto& self = *static_cast<Receiver*>(context);
        const std::string_view piece(reinterpret_cast<const char*>(data), size);
        ++self.pieces;
        self.bytes += size;
        self.hash = hash_of(piece, self.hash);
        self.too_large = self.too_large || size > MORTISE_BATCH_BYTES;
        if (self.mode == "rows") self.rows += show_rows(piece, self.columns);
        if (self.mode == "text") self.rows += piece;
        if (self.nested && self.pieces == 1) self.nested();
        if (self.mode == "stop") return MORTISE_E_STOPPED;
        if (self.mode == "fail") return MORTISE_E_TOO_BIG;
        return MORTISE_OK;
    }

    std::string told() const {
        if (mode == "rows" || mode == "text") return rows;
        if (mode == "hash")
            return std::to_string(bytes) + "#" + std::to_string(hash % 1000000) + (too_large ? " large" : "");
        if (mode == "stop" || mode == "fail") return std::to_string(pieces);
        return {};
    }
};

}  // namespace

void Script::http_step(const Words& words, mortise_call call, const mortise_http_1* self) {
    const std::string& name = words.front();
    const mortise_http_1* http = kept_.tables.http;
    std::uint64_t read = 7;
    if (name == "drain") return drain(words, call, self);
    if (name.starts_with("respond")) return respond(words, call, self);
    if (name == "read-nothing") return tell(words, http->read_body(self, call, nullptr, 0, &read));
    if (name == "read-no-buffer") return tell(words, http->read_body(self, call, nullptr, 5, &read));
    std::uint8_t byte = 0;
    if (name == "read-no-count") return tell(words, http->read_body(self, call, &byte, 1, nullptr));
    if (name == "write") {
        const std::string piece(number(words, 1), 'w');
        return tell(words, http->write(self, call, bytes_of(piece), piece.size()));
    }
    if (name == "write-text")
        return tell(words, http->write(self, call, bytes_of(word(words, 1)), word(words, 1).size()));
    if (name == "write-null") return tell(words, http->write(self, call, nullptr, number(words, 1)));
    tell("unknown step " + name);
}

// Reads to the end in pieces of at most so many bytes, and once more.
void Script::drain(const Words& words, mortise_call call, const mortise_http_1* self) {
    const mortise_http_1* http = kept_.tables.http;
    const std::uint64_t capacity = std::max<std::uint64_t>(1, number(words, 1));
    const auto buffer = std::make_unique<std::uint8_t[]>(capacity);
    std::uint64_t total = 0, hash = hash_of(""), read = 1;
    mortise_status status = MORTISE_OK;
    while (read > 0 && status == MORTISE_OK) {
        status = http->read_body(self, call, buffer.get(), capacity, &read);
        if (status != MORTISE_OK) break;
        if (read > capacity) return tell("drain answered more than fits");
        hash = hash_of({reinterpret_cast<const char*>(buffer.get()), read}, hash);
        total += read;
    }
    if (status != MORTISE_OK) return tell(words, status);
    status = http->read_body(self, call, buffer.get(), capacity, &read);
    tell(words, status,
         std::to_string(total) + "#" + std::to_string(hash % 1000000) + (read == 0 ? "" : " and more"));
}

void Script::respond(const Words& words, mortise_call call, const mortise_http_1* self) {
    const mortise_http_1* http = kept_.tables.http;
    const std::string& name = words.front();
    const auto status = static_cast<std::uint32_t>(number(words, 1));
    std::vector<std::pair<std::string, std::string>> headers;
    if (name == "respond-many")
        for (std::uint64_t i = 0; i < number(words, 2); ++i)
            headers.emplace_back("x-" + std::to_string(i), "v");
    else if (name == "respond-wide")
        headers.emplace_back("x-wide", std::string(number(words, 2), 'v'));
    else
        for (std::size_t i = 2; i < words.size(); ++i)
            headers.emplace_back(words[i].substr(0, words[i].find('=')),
                                 words[i].substr(std::min(words[i].find('=') + 1, words[i].size())));
    std::vector<mortise_pair> pairs;
    for (const auto& [header, value] : headers)
        pairs.push_back({text_of(header), text_of(value)});
    if (name == "respond-no-data") pairs.push_back({{nullptr, 3}, text_of("v")});
    const bool none = name == "respond-no-headers";
    const mortise_status done =
        http->respond(self, call, status, none ? nullptr : pairs.data(), none ? 2 : pairs.size());
    answered_ = answered_ || (done == MORTISE_OK && call == call_);
    tell(words, done);
}

// fail STATUS CODE DETAIL ERRORS EXTENSIONS
void Script::fail_step(const Words& words, mortise_call call, const mortise_http_1* self) {
    const mortise_http_1* http = kept_.tables.http;
    const std::string& name = words.front();
    const std::string wide(name == "fail-wide" ? number(words, 1) : 0, 'd');
    mortise_problem problem{sizeof(mortise_problem), static_cast<std::uint32_t>(number(words, 1)),
                            text_of(word(words, 2)), text_of(word(words, 3)),
                            text_of(word(words, 4)), text_of(word(words, 5))};
    if (name == "fail-wide") {
        problem.status = 409;
        problem.code = text_of("wide");
        problem.detail = text_of(wide);
    }
    if (name == "fail-small") problem.size = sizeof(mortise_problem) - 1;
    if (name == "fail-larger") problem.size = sizeof(mortise_problem) + 64;  // of a later SDK
    if (name == "fail-no-data") problem.detail = {nullptr, 3};
    const mortise_status done = http->fail(self, call, name == "fail-nothing" ? nullptr : &problem);
    answered_ = answered_ || (done == MORTISE_OK && call == call_);
    tell(words, done);
}

void Script::settings_step(const Words& words, mortise_call call, const mortise_settings_1* self) {
    const mortise_settings_1* settings = kept_.tables.settings;
    Receiver receiver;
    receiver.mode = words.size() > 1 ? words[1] : "text";
    const mortise_sink sink{&receiver, receiver.mode == "no-push" ? nullptr : &Receiver::push};
    const mortise_status done = settings->get(self, call, receiver.mode == "no-sink" ? nullptr : &sink);
    tell(words, done, receiver.told());
}

// sql NAME COLUMNS MODE VALUES…
void Script::sql_step(const Words& words, mortise_call call, const mortise_sql_1* self) {
    const mortise_sql_1* sql = kept_.tables.sql;
    Receiver receiver;
    receiver.columns = number(words, 2);
    receiver.mode = word(words, 3);
    if (receiver.mode == "nest")
        receiver.nested = [&] {
            for (const char* step :
                 {"sql count 1 rows", "settings", "drain 10", "now", "uuid", "log 1 nested",
                  "event thing.made nested {}", "license sso", "license-limit users",
                  "license-count things 1", "flag feature boolean", "peer peer.scripts/1 read"})
                run_line(step);
        };
    Values values;
    for (std::size_t i = 4; i < words.size(); ++i)
        values.add(words[i]);
    const mortise_sink sink{&receiver, receiver.mode == "no-push" ? nullptr : &Receiver::push};
    const bool without = receiver.mode.empty() || receiver.mode == "none";
    std::int64_t changed = -7;
    const std::string& name = words.front();
    const mortise_text statement = name == "sql-no-name" ? mortise_text{nullptr, 3} : text_of(word(words, 1));
    const bool no_values = name == "sql-no-values";
    const mortise_status done =
        sql->run(self, call, statement, no_values ? nullptr : values.data(), no_values ? 3 : values.size(),
                 without ? nullptr : &sink, name == "sql-no-count" ? nullptr : &changed);
    std::string more = receiver.told();
    if (done == MORTISE_OK && name == "sql") more += " changed=" + std::to_string(changed);
    if (done != MORTISE_OK && changed != -7) more += " wrote an output";
    tell(words, done, more);
}

// event TYPE SUBJECT DATA
void Script::event_step(const Words& words, mortise_call call, const mortise_events_1* self) {
    const mortise_events_1* events = kept_.tables.events;
    const std::string& name = words.front();
    const std::string wide = "{\"w\":\"" + std::string(number(words, 3), 'w') + "\"}";
    mortise_event event{sizeof(mortise_event), 0, text_of(word(words, 1)), text_of(word(words, 2)),
                        text_of(name == "event-wide" ? wide : word(words, 3))};
    if (name == "event-small") event.size = sizeof(mortise_event) - 1;
    if (name == "event-larger") event.size = sizeof(mortise_event) + 64;
    if (name == "event-no-data") event.data = {nullptr, 3};
    if (name == "event-nothing") return tell(words, events->publish(self, call, nullptr));
    if (name != "event-many") return tell(words, events->publish(self, call, &event));
    mortise_status status = MORTISE_OK;
    std::uint64_t taken = 0;
    for (; taken < number(words, 4) && status == MORTISE_OK; ++taken)
        status = events->publish(self, call, &event);
    tell(words, status, std::to_string(taken));
}

// license FEATURE, license-limit NAME, license-count METER AMOUNT
void Script::license_step(const Words& words, mortise_call call, const mortise_license_1* self) {
    const mortise_license_1* license = kept_.tables.license;
    const std::string& name = words.front();
    const std::string text = name == "license-wide" ? std::string(number(words, 1), 'w') : word(words, 1);
    const mortise_text given = name.ends_with("-no-text") ? mortise_text{nullptr, 3} : text_of(text);
    if (name == "license-count")
        return tell(words,
                    license->count(self, call, given, std::strtoull(word(words, 2).c_str(), nullptr, 10)));
    if (name.starts_with("license-limit")) {
        mortise_limit limit{sizeof(mortise_limit), 7, 7};
        if (name == "license-limit-small") limit.size = sizeof(mortise_limit) - 1;
        if (name == "license-limit-larger") limit.size = sizeof(mortise_limit) + 64;
        const mortise_status status = license->limit(self, call, given, &limit);
        if (status != MORTISE_OK) return tell(words, status, limit.most == 7 ? "" : "wrote an output");
        return tell(words, status, std::to_string(limit.most) + (limit.soft == 1 ? " soft" : " hard"));
    }
    std::uint32_t entitled = 7;
    const mortise_status status =
        license->entitled(self, call, given, name == "license-no-answer" ? nullptr : &entitled);
    if (status != MORTISE_OK) return tell(words, status, entitled == 7 ? "" : "wrote an output");
    tell(words, status, entitled == 1 ? "yes" : entitled == 0 ? "no" : "odd");
}

// log LEVEL MESSAGE NAME=VALUE…
void Script::log_step(const Words& words, mortise_call call, const mortise_log_1* self) {
    const mortise_log_1* log = kept_.tables.log;
    const std::string& name = words.front();
    std::vector<mortise_pair> fields;
    for (std::size_t i = 3; i < words.size(); ++i) {
        const std::string_view field = words[i];
        const auto equals = std::min(field.find('='), field.size());
        fields.push_back(
            {text_of(field.substr(0, equals)), text_of(field.substr(std::min(equals + 1, field.size())))});
    }
    const mortise_text message = name == "log-no-data" ? mortise_text{nullptr, 3} : text_of(word(words, 2));
    const bool no_fields = name == "log-no-fields";
    log->write(self, call, static_cast<std::uint32_t>(number(words, 1)), message,
               no_fields ? nullptr : fields.data(), no_fields ? 3 : fields.size());
    tell(name + " done");
}

}  // namespace contract
