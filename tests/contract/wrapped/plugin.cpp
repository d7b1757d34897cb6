// A plugin as an author writes one: handlers over the SDK's wrapper.
#include "mortise/plugin.hpp"

#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>

using namespace mortise::sdk;

namespace {

constexpr Query kInsert{"note_insert"};
constexpr Query kList{"note_list", 3};

// What a route and a method do alike.
void take_note(AnyCall& call, const std::string& text) {
    const Uuid id = call.new_id();
    try {
        call.sql().run(kInsert, {id, text, call.now()});
    } catch (const UniqueViolation&) {
        throw Problem(409, "note_taken", "There is such a note.")
            .with_errors({{"/text", "taken", "Choose another."}})
            .with_extensions(R"({"text":"taken"})");
    }
    call.publish("note.taken", id.to_string(), R"({"size":)" + std::to_string(text.size()) + "}");
    call.log().info("note taken", {{"size", std::to_string(text.size())}});
}

Response take(Call& call) {
    take_note(call, call.body(1000));
    return Response::json("{}", 201).with_header("etag", "\"1\"");
}

std::string take_for(PeerCall& call) {
    take_note(call, call.input(1000) + " by " + std::string(call.caller()));
    return "taken";
}

std::string count_notes(PeerCall& call) {
    int count = 0;
    call.sql().each(kList, {}, [&](const Row&) { ++count; });
    return std::to_string(count);
}

Response list(Call& call) {
    std::string lines;
    call.sql().each(kList, {}, [&](const Row& row) {
        if (row.integer(2) <= 0 || row.uuid(0) == Uuid())
            throw std::logic_error("a row is not what was stored");
        lines += std::string(row.text(1)) + "\n";
    });
    Response response{.headers = {{"content-type", "text/plain"}}};
    response.stream = [lines](const BodyWriter& body) {
        for (const char c : lines)
            body.write({&c, 1});
    };
    return response;
}

// What a plugin keeps of a flag: made in the hook, used in handlers.
class KeptColours {
 public:
    void put(Uuid tenant, std::string colour) {
        const std::lock_guard lock(mutex_);
        colours_[tenant.to_string()] = std::move(colour);
        ++times_;
    }
    std::string get(Uuid tenant) const {
        const std::lock_guard lock(mutex_);
        const auto found = colours_.find(tenant.to_string());
        return found == colours_.end() ? "never told" : found->second + " " + std::to_string(times_);
    }

 private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> colours_;
    int times_ = 0;
};
KeptColours& colours() {
    static KeptColours kept;
    return kept;
}

void flag_changed(const FlagChange& change) {
    if (change.key == "notes.theme" && change.flags.text("notes.theme", "") == "throw")
        throw std::runtime_error("a theme too far");
    if (change.key == "notes.colour") colours().put(change.tenant, change.flags.text(change.key, "none"));
}
constexpr Hooks kHooks{.flag_changed = flag_changed};

template <class T>
std::string shown(const FlagDetails<T>& details) {
    std::string text;
    if constexpr (std::is_same_v<T, std::string>)
        text = details.value;
    else
        text = std::to_string(details.value);
    return text + (details.from_flag ? " flag " : " default ") +
           std::to_string(static_cast<int>(details.reason)) + " " +
           std::to_string(static_cast<int>(details.error)) + " " + details.variant +
           (details.detail.empty() ? "\n" : " detail\n");
}

// Every way to ask; the default is one that no flag has.
Response ask_flags(Call& call) {
    const Flags flags = call.flags();
    const FlagContext context = FlagContext()
                                    .target("order-7")
                                    .with("country", "AL")
                                    .with("items", 12)
                                    .with("ratio", 0.5)
                                    .with("trusted", true)
                                    .with("text", std::string_view("t"))
                                    .with_json("labels", R"(["b2b"])");
    std::string text = flags.boolean("notes.beta", true, context) ? "yes " : "no ";
    text += flags.text("notes.colour", "pink", context) + " ";
    text += std::to_string(flags.integer("notes.limit", -1)) + " ";
    text +=
        std::to_string(flags.number("notes.ratio", -1.5)) + " " + flags.json("notes.theme", "null") + "\n";
    text += shown(flags.boolean_details("notes.beta", true, context));
    text += shown(flags.text_details("notes.colour", "pink", context));
    text += shown(flags.integer_details("notes.limit", -1));
    text += shown(flags.number_details("notes.ratio", -1.5));
    text += shown(flags.json_details("notes.theme", "null"));
    return {.headers = {{"content-type", "text/plain"}}, .body = text};
}

// As of a plugin that does without another one.
Response without_it(Call& call) {
    try {
        return Response::json(call.peers().call("absent.things/1", "find", ""));
    } catch (const PeerProblem& problem) {
        return Response::json(problem.code());
    }
}

// What goes wrong, by the name in the path.
Response fail(Call& call) {
    const auto how = call.path("how");
    if (how == "runtime") throw std::runtime_error("secret text");
    if (how == "number") throw 7;
    if (how == "memory") throw std::bad_alloc();
    if (how == "busy") throw Busy(MORTISE_E_BUSY, "on purpose");
    if (how == "settings") return Response::json(call.settings());
    if (how == "column") call.sql().each(kList, {}, [](const Row& row) { (void)row.integer(1); });
    if (how == "stop")
        call.sql().each(kList, {}, [](const Row&) { throw Problem(418, "stopped", "Enough."); });
    if (how == "feature") call.licence().require("sso");
    if (how == "limit") {
        const auto users = call.licence().limit("users");
        if (!users || users->most != 9 || !users->soft || call.licence().limit("others"))
            throw std::logic_error("not what the licence says");
    }
    if (how == "meter") call.licence().count("notes", 3);
    if (how == "no-meter") call.licence().count("others");
    if (how == "flags") return ask_flags(call);
    if (how == "kept-colour") return Response::json(colours().get(call.tenant()));
    if (how == "beta") call.flags().require("notes.beta");
    if (how == "no-flag") (void)call.flags().boolean("notes.unlisted", false);
    if (how == "bad-context") (void)call.flags().boolean("notes.beta", false, FlagContext().with("nan", NAN));
    if (how == "peer") return Response::json(call.peers().call("contract.scripts/1", "read", "now"));
    if (how == "peer-problem")
        (void)call.peers().call("contract.scripts/1", "read", "fail 418 teapot T [1] {}");
    if (how == "peer-absent") (void)call.peers().call("absent.things/1", "find", "");
    if (how == "peer-caught") return without_it(call);
    if (how == "peer-unlisted") (void)call.peers().call("other.things/1", "find", "");
    if (how == "statement") call.sql().run({"no_such"}, {});
    return Response::empty();
}

constexpr Route kRoutes[] = {
    {.pattern = "",
     .name = "list_notes",
     .scope = "wrapped:use",
     .response_type = "text/plain",
     .handler = list},
    {.method = Method::kPost,
     .pattern = "",
     .name = "take_note",
     .access = Access::kWrite,
     .scope = "wrapped:use",
     .request_type = "text/plain",
     .success_status = 201,
     .response_type = "application/json",
     .handler = take},
    {.pattern = "/{how}", .name = "fail", .scope = "wrapped:use", .success_status = 204, .handler = fail},
};

constexpr PeerMethod kMethods[] = {
    {.interface = "wrapped.notes/1", .name = "take", .access = Access::kWrite, .handler = take_for},
    {.interface = "wrapped.notes/1", .name = "count", .handler = count_notes},
};

}  // namespace

MORTISE_PLUGIN("wrapped", "1.0.0", kRoutes, kMethods, kHooks);
