// The steps that use mortise.flags/1.
#include "tests/contract/plugin/script.hpp"
#include "tests/contract/plugin/values.hpp"

#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <utility>

namespace contract {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 7> kTypes = {
    {{"none", MORTISE_FLAG_NONE},
     {"boolean", MORTISE_FLAG_BOOLEAN},
     {"text", MORTISE_FLAG_TEXT},
     {"integer", MORTISE_FLAG_INTEGER},
     {"number", MORTISE_FLAG_NUMBER},
     {"json", MORTISE_FLAG_JSON},
     {"later", 6}}};
constexpr const char* kReasons[] = {"?", "STATIC", "TARGETING_MATCH", "DEFAULT", "DISABLED", "ERROR"};
constexpr const char* kErrors[] = {"", " FLAG_NOT_FOUND", " PARSE_ERROR", " TYPE_MISMATCH", " GENERAL"};

std::uint32_t type_named(std::string_view name) {
    for (const auto& [known, type] : kTypes)
        if (known == name) return type;
    return MORTISE_FLAG_NONE;
}

// A value as a word: its type, then what it is.
std::string shown(const mortise_flag_value& value) {
    switch (value.type) {
        case MORTISE_FLAG_BOOLEAN:
            return value.integer == 1 ? "true" : value.integer == 0 ? "false" : "odd";
        case MORTISE_FLAG_INTEGER:
            return std::to_string(value.integer);
        case MORTISE_FLAG_NUMBER:
            return std::to_string(value.number);
        case MORTISE_FLAG_TEXT:
        case MORTISE_FLAG_JSON:
            return std::string(view_of(value.text));
        default:
            return "none";
    }
}

// Keeps what is shown; with a script's step it tries to use the services meanwhile.
struct Taken {
    std::string told;
    int times = 0;
    std::function<void()> nested;

    static void take(void* context, const mortise_flag_value* value) noexcept {
        auto& self = *static_cast<Taken*>(context);
        ++self.times;
        self.told = shown(*value) + " " + kReasons[value->reason <= 5 ? value->reason : 0] +
                    kErrors[value->error <= 4 ? value->error : 4];
        if (value->variant.size > 0) self.told.append(" ").append(view_of(value->variant));
        if ((value->detail.size > 0) != (value->error != 0)) self.told += " detail?";
        if (value->size != sizeof(mortise_flag_value)) self.told += " size?";
        if (self.nested) self.nested();
    }
};

// A context in words: "target=KEY", and attributes as "t:name=text", "i:name=5", "r:name=0.5", "b:name=1",
// "n:name=", "j:name=json" and "?:name=".
class Context {
 public:
    Context(const std::vector<std::string>& words, std::size_t from) {
        for (std::size_t i = from; i < words.size(); ++i)
            add(words[i]);
    }

    void add(std::string_view word) {
        const auto equals = std::min(word.find('='), word.size());
        const std::string_view value = word.substr(std::min(equals + 1, word.size()));
        if (word.starts_with("target=")) {
            context_.options = MORTISE_FLAG_TARGET;
            context_.targeting_key = text_of(keep(value));
        } else if (word.size() > 2 && word[1] == ':') {
            attributes_.push_back({text_of(keep(word.substr(2, equals - 2))), value_of(word[0], value)});
        }
    }
    void many(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i)
            add("b:a" + std::to_string(i) + "=1");
    }
    void wide(std::uint64_t bytes) { add("t:wide=" + std::string(bytes, 'w')); }

    const mortise_flag_context& get() {
        context_.attributes = attributes_.data();
        context_.attribute_count = attributes_.size();
        return context_;
    }

 private:
    std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

    mortise_value value_of(char type, std::string_view text) {
        mortise_value value{99, 0, {}};
        if (type == 'n') value.type = MORTISE_VALUE_NULL;
        if (type == 'i') value.type = MORTISE_VALUE_INT;
        if (type == 'b') value.type = MORTISE_VALUE_BOOL;
        if (type == 'r') value.type = MORTISE_VALUE_REAL;
        if (type == 't') value.type = MORTISE_VALUE_TEXT;
        if (type == 'j') value.type = MORTISE_FLAG_VALUE_JSON;
        const std::string_view kept = keep(text);
        if (type == 'r')
            value.as.real = std::strtod(kept.data(), nullptr);
        else if (type == 'i' || type == 'b')
            value.as.integer = std::strtoll(kept.data(), nullptr, 10);
        else
            value.as.bytes = {reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()};
        return value;
    }

    mortise_flag_context context_{sizeof(mortise_flag_context), 0, {}, nullptr, 0};
    std::vector<mortise_flag_attribute> attributes_;
    std::deque<std::string> texts_;
};

}  // namespace

// flag KEY TYPE CONTEXT…, and what it is with something wrong.
void Script::flag_step(const Words& words, mortise_call call, const mortise_flags_1* self) {
    const mortise_flags_1* flags = kept_.tables.flags;
    const std::string& name = words.front();
    if (name == "flag-watch") {
        const mortise_flag_watcher again = watcher(kept_);
        return tell(words, flags->watch(self, &again));
    }
    if (name == "flag-told") return tell(name + told_of_flags(call));
    Context context(words, 3);
    if (name == "flag-many") context.many(number(words, 3));
    if (name == "flag-wide") context.wide(number(words, 3));
    if (name == "flag-wide-name") context.add("b:" + std::string(number(words, 3), 'n') + "=1");
    if (name == "flag-wide-target") context.add("target=" + std::string(number(words, 3), 'k'));
    Taken taken;
    if (name == "flag-nest")
        taken.nested = [&] {
            for (const char* step : {"flag feature boolean", "settings", "drain 10", "sql count 1 rows",
                                     "license sso", "log 1 nested", "now"})
                run_line(step);
        };
    mortise_flag_context about = context.get();
    if (name == "flag-small") about.size = sizeof(mortise_flag_context) - 1;
    if (name == "flag-larger") about.size = sizeof(mortise_flag_context) + 64;
    if (name == "flag-no-attributes") about.attributes = nullptr, about.attribute_count = 1;
    const mortise_flag_sink sink{&taken, name == "flag-no-take" ? nullptr : &Taken::take};
    const mortise_text key = name == "flag-no-text" ? mortise_text{nullptr, 3} : text_of(word(words, 1));
    const mortise_status status =
        flags->evaluate(self, call, key, type_named(word(words, 2)), name == "flag-null" ? nullptr : &about,
                        name == "flag-no-sink" ? nullptr : &sink);
    if (taken.times != (status == MORTISE_OK ? 1 : 0)) taken.told += " shown " + std::to_string(taken.times);
    tell(words, status, taken.told);
}

// Asks for the new value, as a plugin would.
void Script::flag_changed(void* context, mortise_call call, const mortise_context* about,
                          mortise_text key) noexcept {
    auto& kept = *static_cast<Kept*>(context);
    const mortise_flags_1* flags = kept.tables.flags;
    Taken taken;
    const mortise_flag_sink sink{&taken, &Taken::take};
    const mortise_status status = flags->evaluate(flags, call, key, MORTISE_FLAG_JSON, nullptr, &sink);
    std::string line = " " + std::string(view_of(key)) + "=";
    line += status == MORTISE_OK ? taken.told.substr(0, taken.told.find(' ')) : name_of(status);
    if (about->size != sizeof(mortise_context)) line += "?";
    const std::lock_guard lock(kept.mutex);
    kept.told[call] += line;
}

mortise_flag_watcher Script::watcher(Kept& kept) noexcept {
    return {&kept, &Script::flag_changed};
}

std::string Script::told_of_flags(mortise_call call) {
    const std::lock_guard lock(kept_.mutex);
    const auto found = kept_.told.find(call);
    return found == kept_.told.end() ? "" : found->second;
}

}  // namespace contract
