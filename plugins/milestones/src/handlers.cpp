#include "handlers.hpp"

#include "draft.hpp"
#include "milestone_json.hpp"
#include "milestone_service.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "page.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milestones {
namespace {

using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

Response answer(const Milestone& milestone, std::uint32_t status = 200) {
    return Response::json(to_json(milestone), status).with_header("etag", etag_of(milestone));
}

std::string_view required_if_match(const Call& call) {
    const auto header = call.header("if-match");
    if (!header)
        throw Problem(428, "precondition_required",
                      "Send If-Match with the ETag of the milestone that you have read.");
    return *header;
}

Response set_status(Call& call, Status status) {
    call.allow_query({});
    Patch patch;
    patch.status = status;
    return answer(MilestoneService(call).change(call.path("key"), patch, call.header("if-match")));
}

// Looks up what the page needs, and writes it.
Response answer_page(const MilestoneRepository& repository, PageRequest page) {
    std::vector<Milestone> items;
    bool nothing = false;
    if (page.parent_key) {
        const auto parent = repository.find(*page.parent_key);
        nothing = !parent;
        if (parent) page.filter.parent_id = parent->id;
    }
    if (!nothing) items = repository.list(page.filter, page.sort, page.after, page.limit + 1);
    const bool more = items.size() > static_cast<std::size_t>(page.limit);
    if (more) items.pop_back();
    JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (const Milestone& milestone : items)
        write(json, milestone);
    json.end_array().key("next_cursor");
    if (more)
        json.value(make_cursor(page, items.back()));
    else
        json.value(nullptr);
    return Response::json(std::move(json.end_object()).text());
}

// `mentions` are those behind the page before, with one more than the page takes if there is one.
Response answer_mentions(std::vector<Mention> mentions, const PageRequest& page) {
    const auto limit = static_cast<std::size_t>(page.limit);
    const bool more = mentions.size() > limit;
    if (more) mentions.resize(limit);
    JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (const Mention& mention : mentions)
        write(json, mention);
    json.end_array().key("next_cursor");
    Milestone last;
    if (more) {
        last.id = mentions.back().id;
        last.key = mentions.back().key;
        json.value(make_cursor(page, last));
    } else {
        json.value(nullptr);
    }
    return Response::json(std::move(json.end_object()).text());
}

}  // namespace

Response list_milestones(Call& call) {
    return answer_page(MilestoneRepository(call.sql()), decode_page(call));
}

Response create_milestone(Call& call) {
    call.allow_query({});
    const Milestone milestone = MilestoneService(call).create(decode_draft(call.body(kMaxJsonBody)));
    return answer(milestone, 201).with_header("location", "/api/v1/milestones/" + milestone.key);
}

Response read_milestone(Call& call) {
    call.allow_query({});
    return answer(MilestoneService(call).get(call.path("key")));
}

Response change_milestone(Call& call) {
    call.allow_query({});
    const std::string_view if_match = required_if_match(call);
    const Patch patch = decode_patch(call.body(kMaxJsonBody));
    return answer(MilestoneService(call).change(call.path("key"), patch, if_match));
}

Response delete_milestone(Call& call) {
    call.allow_query({});
    MilestoneService(call).remove(call.path("key"), required_if_match(call));
    return Response::empty();
}

Response complete_milestone(Call& call) {
    return set_status(call, Status::kCompleted);
}
Response cancel_milestone(Call& call) {
    return set_status(call, Status::kCancelled);
}

Response reopen_milestone(Call& call) {
    call.allow_query({});
    return answer(MilestoneService(call).reopen(call.path("key"), call.header("if-match")));
}

Response list_children(Call& call) {
    const MilestoneService service(call);
    const Milestone parent = service.get(call.path("key"));
    return answer_page(service.repository(), decode_page(call, parent.key));
}

Response list_dependencies(Call& call) {
    const MilestoneService service(call);
    const Milestone milestone = service.get(call.path("key"));
    const PageRequest page = decode_plain_page(call, milestone.key + "/dependencies");
    std::vector<Mention> mentions =
        service.repository().dependencies(milestone.id);  // kMaxDependencies at most
    if (page.after)
        std::erase_if(mentions, [&](const Mention& mention) { return mention.key <= page.after->key; });
    return answer_mentions(std::move(mentions), page);
}

Response list_dependants(Call& call) {
    const MilestoneService service(call);
    const Milestone milestone = service.get(call.path("key"));
    const PageRequest page = decode_plain_page(call, milestone.key + "/dependants");
    const std::string after = page.after ? page.after->key : std::string();
    return answer_mentions(service.repository().dependants(milestone.id, page.limit + 1, after), page);
}

Response add_dependency(Call& call) {
    call.allow_query({});
    return answer(MilestoneService(call).depend(call.path("key"), call.path("on"), call.header("if-match")));
}

Response remove_dependency(Call& call) {
    call.allow_query({});
    return answer(MilestoneService(call).release(call.path("key"), call.path("on"), call.header("if-match")));
}

}  // namespace milestones
