#include "audit_repository.hpp"
#include "evaluation_body.hpp"
#include "evaluation_handlers.hpp"
#include "evaluation_service.hpp"
#include "model_body.hpp"
#include "model_service.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "mortise/text.hpp"
#include "replay.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::BodyWriter;
using mortise::sdk::Call;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::Response;
using mortise::sdk::Uuid;

constexpr std::int64_t kPage = 50;  // records that are read at once: each may be large
constexpr std::int64_t kMaxPage = 100;
constexpr std::int64_t kMaxExport = 10'000;
constexpr std::size_t kMaxExportBytes = std::size_t{48} << 20;

[[noreturn]] void refuse(std::string_view name, std::string_view allowed) {
    throw Problem(400, "invalid_parameter",
                  "The parameter " + std::string(name) + " must be " + std::string(allowed) + ".");
}

std::optional<std::string> text_of(const Call& call, std::string_view name) {
    const auto given = call.query(name);
    if (!given) return std::nullopt;
    if (mortise::sdk::has_control(*given)) refuse(name, "a text without control characters");
    return std::string(*given);
}

std::optional<Uuid> uuid_of(const Call& call, std::string_view name) {
    const auto given = call.query(name);
    if (!given) return std::nullopt;
    const auto id = Uuid::parse(*given);
    if (!id) refuse(name, "a UUID");
    return id;
}

std::optional<std::int64_t> moment_of(const Call& call, std::string_view name) {
    const auto given = call.query(name);
    if (!given) return std::nullopt;
    const auto moment = parse_moment(*given);
    if (!moment) refuse(name, "a date, or a time as RFC 3339 writes it");
    return moment;
}

std::optional<std::int64_t> number_of(const Call& call, std::string_view name, std::int64_t most) {
    const auto given = call.query(name);
    if (!given) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), number);
    if (error != std::errc{} || end != given->data() + given->size() || number < 1 || number > most)
        refuse(name, "a whole number from 1 to " + std::to_string(most));
    return number;
}

// A position in the audit is the id of a record, so that it outlives the record itself.
std::optional<Uuid> cursor_of(std::optional<std::string_view> given) {
    if (!given) return std::nullopt;
    const auto id = Uuid::parse(*given);
    if (!id) throw Problem(400, "invalid_cursor", "The cursor is not one of the audit. Begin without one.");
    return id;
}

bool failed_of(const Call& call) {
    const auto given = call.query("failed");
    if (given && given != "true" && given != "false") refuse("failed", "true or false");
    return given == "true";
}

AuditFilter filter_of(const Call& call) {
    constexpr std::int64_t kMaxVersion = 1'000'000'000;
    AuditFilter filter;
    filter.model_id = uuid_of(call, "model");
    filter.version = number_of(call, "version", kMaxVersion);
    filter.decision = text_of(call, "decision");
    filter.principal = uuid_of(call, "principal");
    filter.inputs_hash = text_of(call, "inputs_hash");
    if (const auto rule = text_of(call, "rule")) filter.rule = JsonWriter().value(*rule).text();
    filter.from = moment_of(call, "from");
    filter.to = moment_of(call, "to");
    filter.failed = failed_of(call);
    return filter;
}

void write_cursor(JsonWriter& json, bool more, const Uuid& last) {
    json.key("next_cursor");
    if (more)
        json.value(last.to_string());
    else
        json.value(nullptr);
}

}  // namespace

Response list_evaluations(Call& call) {
    call.allow_query({"model", "version", "decision", "principal", "inputs_hash", "rule", "from", "to",
                      "failed", "limit", "cursor"});
    const std::int64_t limit = number_of(call, "limit", kMaxPage).value_or(kPage);
    auto records =
        AuditRepository(call.sql()).newest(filter_of(call), cursor_of(call.query("cursor")), limit + 1);
    const bool more = records.size() > static_cast<std::size_t>(limit);
    if (more) records.pop_back();
    JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (const AuditRecord& record : records)
        json.raw(to_json(record));
    json.end_array();
    write_cursor(json, more, more ? records.back().id : Uuid());
    return Response::json(std::move(json.end_object()).text());
}

Response read_evaluation(Call& call) {
    call.allow_query({});
    const auto id = Uuid::parse(call.path("id"));
    const auto record = id ? AuditRepository(call.sql()).find(*id) : std::nullopt;
    if (!record) throw Problem(404, "evaluation_not_found", "There is no record of this evaluation.");
    return Response::json(to_json(*record));
}

namespace {

// How one format writes records.
struct Format {
    std::string_view content_type;
    std::string_view file_name;
    std::string head;
    std::string (*line)(const AuditRecord& record);
};

// Reads page by page from one snapshot: memory stays small, and no statement is open while the answer waits
// for a slow client.
Response export_as(const Call& call, const Format& format) {
    call.allow_query({"model", "version", "decision", "principal", "inputs_hash", "rule", "from", "to",
                      "failed", "limit", "after"});
    Response response;
    response.headers = {
        {"content-type", std::string(format.content_type)},
        {"content-disposition", "attachment; filename=\"" + std::string(format.file_name) + "\""}};
    response.stream = [format, filter = filter_of(call), after = cursor_of(call.query("after")),
                       left = number_of(call, "limit", kMaxExport).value_or(kMaxExport),
                       repository = AuditRepository(call.sql())](const BodyWriter& body) mutable {
        body.write(format.head);
        std::size_t written = 0;
        bool more = true;
        while (more && left > 0 && written < kMaxExportBytes) {
            const std::int64_t wanted = std::min(left, kPage);
            const auto page = repository.oldest(filter, after, wanted);
            std::string lines;
            for (const AuditRecord& record : page)
                lines += format.line(record);
            body.write(lines);
            written += lines.size();
            left -= wanted;
            more = page.size() == static_cast<std::size_t>(wanted);
            if (more) after = page.back().id;
        }
    };
    return response;
}

std::string json_line(const AuditRecord& record) {
    return to_json(record) + "\n";
}

}  // namespace

Response export_evaluations(Call& call) {
    return export_as(call, {"application/x-ndjson", "evaluations.ndjson", "", json_line});
}

Response export_evaluations_as_csv(Call& call) {
    return export_as(call, {"text/csv; charset=utf-8", "evaluations.csv", csv_head(), to_csv});
}

namespace {

// What a replay has found so far.
struct Tally {
    std::int64_t same = 0;
    std::int64_t changed = 0;
    std::int64_t failed = 0;
    std::int64_t not_replayable = 0;
    JsonWriter differences;

    void add(const AuditRecord& record, const Replayed& replayed) {
        switch (replayed.change) {
            case Change::kSame:
                ++same;
                return;
            case Change::kNotReplayable:
                ++not_replayable;
                return;
            case Change::kChanged:
                ++changed;
                break;
            case Change::kFailed:
                ++failed;
                break;
        }
        differences.begin_object().member("evaluation_id", record.id.to_string());
        differences.member("version", record.version).member(kind_of(record), record.decision);
        differences.key("before").raw(record.result).key("after").raw(replayed.result).key("failure");
        if (replayed.reason.empty())
            differences.value(nullptr);
        else
            differences.value(replayed.reason);
        differences.end_object();
    }
};

// Stops at the end of the call's time, or when the answer has grown large: the cursor goes on from there.
class ReplayRun {
 public:
    ReplayRun(const Call& call, const ReplayBody& body, const CompiledVersion& version)
        : replay_(version),
          settings_(decode_settings(call.settings())),
          end_(evaluation_end(call)),
          audit_(call.sql()),
          last_(cursor_of(body.cursor)),
          left_(body.limit) {
        filter_.model_id = version.model_id;
        filter_.version = body.of_version;
        filter_.decision = body.decision;
        filter_.from = body.from;
        filter_.to = body.to;
        tally_.differences.begin_array();
    }

    void run() {
        while (left_ > 0 && more_) {
            const std::int64_t wanted = std::min(left_, kPage);
            const auto page = audit_.oldest(filter_, last_, wanted);
            for (const AuditRecord& record : page) {
                if (must_stop()) return;
                const Replayed replayed = replay_.run(record, settings_.limits(end_));
                // Cut short by the call's end, not by its own limit: the next call does it again.
                if (replayed.change == Change::kFailed && must_stop()) return;
                tally_.add(record, replayed);
                last_ = record.id;
            }
            left_ -= wanted;
            more_ = page.size() == static_cast<std::size_t>(wanted);
        }
    }

    std::string answer(const CompiledVersion& version) && {
        JsonWriter json;
        json.begin_object().key("model").begin_object().member("id", version.model_id.to_string());
        json.member("key", version.model_key).member("version", version.version).end_object();
        json.member("same", tally_.same).member("changed", tally_.changed).member("failed", tally_.failed);
        json.member("not_replayable", tally_.not_replayable);
        json.key("differences").raw(std::move(tally_.differences.end_array()).text());
        write_cursor(json, more_ && last_, last_.value_or(Uuid()));
        return std::move(json.end_object()).text();
    }

 private:
    static constexpr std::size_t kMaxDifferences = std::size_t{16} << 20;  // bytes

    bool must_stop() const {
        return tally_.differences.text().size() > kMaxDifferences || std::chrono::steady_clock::now() >= end_;
    }

    Replay replay_;
    EvaluationSettings settings_;
    std::chrono::steady_clock::time_point end_;
    AuditRepository audit_;
    AuditFilter filter_;
    std::optional<Uuid> last_;
    std::int64_t left_;
    bool more_ = true;
    Tally tally_;
};

}  // namespace

Response replay_evaluations(Call& call) {
    call.allow_query({});
    const std::string text = call.body(kMaxReplayBody);
    const ReplayBody body = decode_replay(text);
    const CompiledVersion version = ModelService(call).compiled(body.model, body.version, call.now());
    ReplayRun run(call, body, version);
    run.run();
    return Response::json(std::move(run).answer(version));
}

}  // namespace rules
