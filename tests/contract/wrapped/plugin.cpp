// A plugin as an author writes one: handlers over the SDK's wrapper.
#include "mortise/plugin.hpp"

#include <stdexcept>
#include <string>

using namespace mortise::sdk;

namespace {

constexpr Query kInsert{"note_insert"};
constexpr Query kList{"note_list", 3};

Response take(Call& call) {
    const std::string text = call.body(1000);
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
    return Response::json("{}", 201).with_header("etag", "\"1\"");
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

}  // namespace

MORTISE_PLUGIN("wrapped", "1.0.0", kRoutes);
