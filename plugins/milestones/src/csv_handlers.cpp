#include "csv.hpp"
#include "csv_import.hpp"
#include "handlers.hpp"
#include "milestone_service.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milestones {
namespace {

using mortise::sdk::BodyWriter;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

constexpr std::int64_t kExportPage = 500;

bool decode_dry_run(const Call& call) {
    call.allow_query({"dry_run"});
    const std::string_view value = call.query("dry_run").value_or("false");
    if (value != "true" && value != "false")
        throw Problem(400, "invalid_parameter", "The parameter dry_run must be true or false.");
    return value == "true";
}

std::string to_json(const CellErrors& errors) {
    JsonWriter json;
    json.begin_array();
    for (const CellError& error : errors.list()) {
        std::string pointer = '/' + std::to_string(error.row);
        if (!error.column.empty()) pointer += '/' + error.column;
        json.begin_object().member("pointer", pointer).member("row", error.row);
        json.member("column", error.column)
            .member("code", error.code)
            .member("detail", error.detail)
            .end_object();
    }
    return std::move(json.end_array()).text();
}

void throw_if_faulty(const CellErrors& errors) {
    if (errors.empty()) return;
    throw Problem(400, "invalid_import", "Nothing was imported. See errors for the rows and columns to mend.")
        .with_errors_json(to_json(errors));
}

// A cycle is refused as everywhere: 409 with its path.
void throw_if_cyclic(const ImportPlan& plan, const CellErrors& errors) {
    if (plan.cycle.empty()) return;
    JsonWriter json;
    json.begin_object().key("cycle").begin_array();
    for (const std::string& key : plan.cycle)
        json.value(key);
    throw Problem(409, "dependency_cycle", "Nothing was imported: " + errors.list().front().detail)
        .with_errors_json(to_json(errors))
        .with_extensions(std::move(json.end_array().end_object()).text());
}

void write_plan(const MilestoneService& service, const ImportPlan& plan, std::int64_t now) {
    const MilestoneRepository& repository = service.repository();
    for (const Milestone& milestone : plan.created)
        repository.insert(milestone);
    for (const auto& [milestone, on] : plan.dependencies)
        repository.add_dependency(milestone, on);
    for (const Milestone& milestone : plan.created)
        service.publish("milestone.created", milestone);
    for (const ImportChange& change : plan.changed) {
        Milestone milestone = service.get(change.key);
        const Status before = milestone.status;
        set_status(milestone, change.status, now);
        milestone.reported_progress = change.reported_progress;
        service.store(milestone, now);
        service.publish_change(before, milestone);
    }
}

std::string report(const ImportPlan& plan, bool dry_run) {
    JsonWriter json;
    json.begin_object().member("dry_run", dry_run).member("created", plan.created.size());
    json.member("dependencies", plan.dependencies.size()).key("changed").begin_array();
    for (const ImportChange& change : plan.changed)
        json.value(change.key);
    return std::move(json.end_array().end_object()).text();
}

std::string join(const std::vector<std::string>& keys) {
    std::string joined;
    for (const std::string& key : keys)
        joined.append(joined.empty() ? "" : ";").append(key);
    return joined;
}

void append_milestone(std::string& out, const Milestone& milestone) {
    const std::string progress = std::to_string(milestone.progress());
    const std::string depends_on = join(milestone.depends_on);
    const auto text = [](const std::optional<std::string>& maybe) {
        return maybe ? std::string_view(*maybe) : std::string_view();
    };
    append_csv_record(
        out, {milestone.key, milestone.title, text(milestone.description), text(milestone.owner),
              text(milestone.due), name_of(milestone.status), progress, text(milestone.parent), depends_on});
}

}  // namespace

Response import_milestones(Call& call) {
    const bool dry_run = decode_dry_run(call);
    const std::string file = call.body(kMaxCsvBody);
    CellErrors errors;
    const std::vector<ImportRow> rows = read_import(file, errors);
    throw_if_faulty(errors);
    const MilestoneService service(call);
    const MilestoneRepository& repository = service.repository();
    repository.lock();
    const std::int64_t now = call.now();
    const ImportPlan plan = plan_import(
        rows, repository.nodes(), repository.edges(), now, [&] { return call.new_id(); }, errors);
    throw_if_cyclic(plan, errors);
    throw_if_faulty(errors);
    if (!dry_run) write_plan(service, plan, now);
    return Response::json(report(plan, dry_run));
}

// Reads page by page, in the order of creation, all from one snapshot: memory stays small, and no statement
// is open while the answer waits for a slow client.
Response export_milestones(Call& call) {
    call.allow_query({});
    const MilestoneRepository repository(call.sql());
    Response response;
    response.headers = {{"content-type", "text/csv; charset=utf-8"},
                        {"content-disposition", "attachment; filename=\"milestones.csv\""}};
    response.stream = [repository](const BodyWriter& body) {
        body.write("key,title,description,owner,due,status,progress,parent,depends_on\r\n");
        std::optional<After> after;
        std::vector<Milestone> page;
        do {
            page = repository.list({}, "created", after, kExportPage);
            std::string records;
            for (const Milestone& milestone : page)
                append_milestone(records, milestone);
            body.write(records);
            if (!page.empty()) after = After{"", page.back().key, page.back().id};
        } while (page.size() == static_cast<std::size_t>(kExportPage));
    };
    return response;
}

}  // namespace milestones
