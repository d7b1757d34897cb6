#include "pack_handlers.hpp"

#include "model_body.hpp"
#include "model_json.hpp"
#include "model_request.hpp"
#include "mortise/json_writer.hpp"
#include "pack_service.hpp"

#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::JsonWriter;
using mortise::sdk::Response;

// Without the end of the object.
void begin_pack(JsonWriter& json, const packs::Pack& pack, const std::optional<ModelRecord>& model) {
    json.begin_object().member("name", pack.name).member("title", pack.title);
    json.member("description", pack.description).key("model");
    if (model)
        write(json, *model);
    else
        json.value(nullptr);
}

}  // namespace

Response list_packs(Call& call) {
    call.allow_query({});
    const PackService service(call);
    JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (const packs::Pack& pack : packs::packs()) {
        begin_pack(json, pack, service.model_of(pack));
        json.end_object();
    }
    return Response::json(std::move(json.end_array().end_object()).text());
}

Response read_pack(Call& call) {
    call.allow_query({});
    const packs::Pack& pack = get_pack(call.path("name"));
    JsonWriter json;
    begin_pack(json, pack, PackService(call).model_of(pack));
    json.key("files").begin_array();
    for (const packs::PackFile& file : pack.files)
        json.begin_object().member("name", file.name).member("xml", file.xml).end_object();
    json.end_array().key("tests").raw(pack.tests);
    return Response::json(std::move(json.end_object()).text());
}

Response install_pack(Call& call) {
    call.allow_query({});
    const packs::Pack& pack = get_pack(call.path("name"));
    const Installation installation = decode_installation(call.body(kMaxSmallBody));
    return answer(PackService(call).install(pack, installation));
}

Response share_pack(Call& call) {
    call.allow_query({});
    return answer(PackService(call).share(get_pack(call.path("name"))));
}

}  // namespace rules
