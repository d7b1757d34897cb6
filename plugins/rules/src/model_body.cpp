#include "model_body.hpp"

#include "feel/temporal.hpp"
#include "json_pieces.hpp"
#include "model_tests.hpp"
#include "mortise/errors.hpp"
#include "mortise/text.hpp"
#include "tables/simple_rules.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::FieldError;
using mortise::sdk::Problem;
using Json = nlohmann::json;

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::size_t kMaxFaults = 100;
constexpr std::string_view kOnlyFile = "model.dmn";
constexpr std::string_view kMoment =
    "Must be a time of RFC 3339 with an offset, or a date, of the years 1 to 9999.";
constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

[[noreturn]] void refuse_json(std::string detail) {
    throw Problem(400, "invalid_json", std::move(detail));
}

// Reads the members of a body, and collects what is wrong with them.
class BodyReader {
 public:
    void fault(std::string pointer, std::string code, std::string detail) {
        if (errors_.size() < kMaxFaults)
            errors_.push_back({std::move(pointer), std::move(code), std::move(detail)});
    }
    void throw_if_faulty() const {
        if (errors_.empty()) return;
        throw Problem(400, "invalid_request", "Some fields are not valid; see errors.").with_errors(errors_);
    }

    std::optional<std::string> text(std::string_view json, const std::string& pointer, std::size_t most) {
        const Json value = Json::parse(json, nullptr, false);
        if (value.is_string()) return checked(value.get<std::string>(), pointer, most);
        fault(pointer, "wrong_type", "Must be text.");
        return std::nullopt;
    }
    std::optional<std::string> checked(std::string value, const std::string& pointer, std::size_t most) {
        if (!value.empty() && value.size() <= most && !mortise::sdk::has_control(value)) return value;
        fault(pointer, "invalid",
              "Must have 1 to " + std::to_string(most) + " bytes, without control characters.");
        return std::nullopt;
    }
    std::optional<std::string> key(std::string_view json) {
        auto value = text(json, "/key", kMaxKey);
        if (value) check("/key", check_key(*value));
        return value;
    }
    std::vector<std::string> tags(const std::vector<std::string>& given) {
        std::set<std::string> sorted;
        for (std::size_t i = 0; i < given.size(); ++i) {
            check("/tags/" + std::to_string(i), check_tag(given[i]));
            sorted.insert(given[i]);
        }
        if (given.size() > kMaxTags)
            fault("/tags", "too_long", "Must be at most " + std::to_string(kMaxTags) + ".");
        return {sorted.begin(), sorted.end()};
    }
    std::vector<std::string> tags(std::string_view json) {
        const Json value = Json::parse(json, nullptr, false);
        std::vector<std::string> given;
        if (!value.is_array()) fault("/tags", "wrong_type", "Must be an array of texts.");
        for (const Json& item : value.is_array() ? value : Json::array()) {
            if (item.is_string())
                given.push_back(item.get<std::string>());
            else
                fault("/tags", "wrong_type", "Must be an array of texts.");
        }
        return tags(given);
    }
    std::vector<SourceFile> file(std::string_view json) {
        const Json value = Json::parse(json, nullptr, false);
        if (value.is_string()) return {{std::string(kOnlyFile), value.get<std::string>(), "/xml"}};
        fault("/xml", "wrong_type", "Must be text.");
        return {};
    }
    std::vector<SourceFile> files(std::string_view json) {
        const Json value = Json::parse(json, nullptr, false);
        std::vector<SourceFile> files;
        std::set<std::string> names;
        if (!value.is_array() || value.empty() || value.size() > kMaxFiles) {
            fault(
                "/files", "wrong_type",
                "Must be an array of 1 to " + std::to_string(kMaxFiles) + " files; the first is the model.");
            return files;
        }
        for (std::size_t i = 0; i < value.size(); ++i) {
            const std::string pointer = "/files/" + std::to_string(i);
            const Json& file = value[i];
            if (!file.is_object() || !file.contains("name") || !file["name"].is_string() ||
                !file.contains("xml") || !file["xml"].is_string() || file.size() != 2) {
                fault(pointer, "wrong_type", "Must be an object of name and xml, both text.");
                continue;
            }
            auto name = checked(file["name"].get<std::string>(), pointer + "/name", kMaxFileName);
            if (name && !names.insert(*name).second)
                fault(pointer + "/name", "duplicate", "Another file has this name.");
            files.push_back({name.value_or(""), file["xml"].get<std::string>(), pointer + "/xml"});
        }
        return files;
    }

    // Simple rules become a model of one file.
    std::vector<SourceFile> simple(std::string_view json) {
        tables::Faults faults(kMaxFaults);
        auto xml = tables::simple_rules_to_dmn(json, faults);
        if (xml) return {{std::string(kOnlyFile), *std::move(xml), "/simple"}};
        for (const tables::Fault& wrong : faults)
            fault(wrong.where.starts_with('/') ? "/simple" + wrong.where : "/simple", wrong.code,
                  wrong.reason);
        return {};
    }

    std::optional<std::int64_t> version(const Json& value) {
        if (value.is_number_integer() && value.get<std::int64_t>() > 0) return value.get<std::int64_t>();
        fault("/version", "wrong_type", "Must be a whole number from 1.");
        return std::nullopt;
    }
    std::optional<std::int64_t> moment(const Json& value, const std::string& pointer) {
        const auto parsed =
            value.is_string() ? parse_moment(value.get_ref<const std::string&>()) : std::nullopt;
        if (!parsed) fault(pointer, "invalid", std::string(kMoment));
        return parsed;
    }
    bool flag(const Json& value, const std::string& pointer) {
        if (value.is_boolean()) return value.get<bool>();
        fault(pointer, "wrong_type", "Must be true or false.");
        return false;
    }
    void unknown(const std::string& name) {
        fault("/" + std::string(mortise::sdk::cut_utf8(name, kMaxName)), "unknown_member",
              "This member is unknown here.");
    }

 private:
    void check(const std::string& pointer, std::optional<std::string> wrong) {
        if (wrong) fault(pointer, "invalid", std::move(*wrong));
    }

    std::vector<FieldError> errors_;
};

void read_member(const JsonMember& member, bool with_key, BodyReader& reader, ModelDraft& draft) {
    ModelChange& content = draft.content;
    const bool is_model = member.name == "files" || member.name == "xml" || member.name == "simple";
    if (is_model && content.files)
        reader.fault("/" + member.name, "conflict", "Give the model once: as files, xml or simple.");
    else if (member.name == "files")
        content.files = reader.files(member.text);
    else if (member.name == "xml")
        content.files = reader.file(member.text);
    else if (member.name == "simple")
        content.files = reader.simple(member.text);
    else if (member.name == "name")
        content.name = reader.text(member.text, "/name", kMaxName);
    else if (member.name == "tags")
        content.tags = reader.tags(member.text);
    else if (member.name == "tests")
        content.tests = std::string(member.text);
    else if (member.name == "key" && with_key)
        draft.key = reader.key(member.text);
    else
        reader.unknown(member.name);
}

ModelDraft decode_json(std::string_view body, bool with_key) {
    if (!Json::accept(body)) refuse_json("The body is not well-formed JSON.");
    const auto members = json_members(body);
    if (!members) refuse_json("The body must be a JSON object without repeated members.");
    BodyReader reader;
    ModelDraft draft;
    for (const JsonMember& member : *members)
        read_member(member, with_key, reader, draft);
    reader.throw_if_faulty();
    if (draft.content.tests) decode_tests(*draft.content.tests, "/tests");
    return draft;
}

ModelDraft decode_xml(const Call& call, std::string body, bool with_key) {
    BodyReader reader;
    ModelDraft draft;
    draft.content.files = {{std::string(kOnlyFile), std::move(body)}};
    if (const auto name = call.query("name"))
        draft.content.name = reader.checked(std::string(*name), "/name", kMaxName);
    if (const auto key = call.query("key"); key && with_key)
        draft.key = reader.key(Json(std::string(*key)).dump());
    const auto tags = call.queries("tag");
    if (!tags.empty()) draft.content.tags = reader.tags(std::vector<std::string>(tags.begin(), tags.end()));
    reader.throw_if_faulty();
    return draft;
}

bool is_json(const Call& call) {
    const auto type = call.header("content-type");
    return !type || type->find("xml") == std::string_view::npos;
}

Json small_object(std::string_view body) {
    if (body.empty()) return Json::object();
    Json value = Json::parse(body, nullptr, false);
    if (!value.is_object()) refuse_json("The body must be a JSON object.");
    return value;
}

}  // namespace

ModelDraft decode_model(const Call& call, NeedsFiles needs_files, bool with_key) {
    call.allow_query({"key", "name", "tag"});
    std::string body = call.body(kMaxModelBody);
    if (!mortise::sdk::is_utf8(body)) throw Problem(400, "invalid_encoding", "The body must be UTF-8.");
    ModelDraft draft =
        is_json(call) ? decode_json(body, with_key) : decode_xml(call, std::move(body), with_key);
    if (needs_files == NeedsFiles::kYes && !draft.content.files)
        throw Problem(400, "invalid_request", "Some fields are not valid; see errors.")
            .with_errors({{"/files", "required", "Give the model as files, xml or simple."}});
    return draft;
}

ModelService::Publication decode_publication(std::string_view body) {
    const Json object = small_object(body);
    BodyReader reader;
    ModelService::Publication publication;
    for (const auto& [name, value] : object.items()) {
        if (name == "version")
            publication.version = reader.version(value);
        else if (name == "valid_from")
            publication.valid_from = value.is_null() ? std::nullopt : reader.moment(value, "/valid_from");
        else if (name == "valid_to")
            publication.valid_to = value.is_null() ? std::nullopt : reader.moment(value, "/valid_to");
        else
            reader.unknown(name);
    }
    reader.throw_if_faulty();
    return publication;
}

std::optional<std::int64_t> decode_version(std::string_view body) {
    const Json object = small_object(body);
    BodyReader reader;
    std::optional<std::int64_t> version;
    for (const auto& [name, value] : object.items()) {
        if (name == "version")
            version = reader.version(value);
        else
            reader.unknown(name);
    }
    reader.throw_if_faulty();
    return version;
}

std::int64_t decode_end(std::string_view body, std::int64_t now) {
    const Json object = small_object(body);
    BodyReader reader;
    std::optional<std::int64_t> end;
    for (const auto& [name, value] : object.items()) {
        if (name == "valid_to")
            end = reader.moment(value, "/valid_to");
        else
            reader.unknown(name);
    }
    reader.throw_if_faulty();
    return end.value_or(now);
}

Installation decode_installation(std::string_view body) {
    const Json object = small_object(body);
    BodyReader reader;
    Installation installation;
    for (const auto& [name, value] : object.items()) {
        if (name == "key")
            installation.key = reader.key(value.dump());
        else if (name == "publish")
            installation.publish = reader.flag(value, "/publish");
        else if (name == "replace")
            installation.replace = reader.flag(value, "/replace");
        else
            reader.unknown(name);
    }
    reader.throw_if_faulty();
    return installation;
}

std::optional<std::int64_t> parse_moment(std::string_view text) {
    const auto parsed = feel::DateTime::parse(text);
    if (!parsed || parsed->date.year < 1 || parsed->date.year > 9999) return std::nullopt;
    if (parsed->zone.none() && text.find('T') != std::string_view::npos) return std::nullopt;
    const std::int64_t seconds = parsed->utc_seconds();
    if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
    return seconds * kMicroseconds + parsed->nanos_of_second() / 1'000;
}

std::int64_t as_of(const Call& call) {
    const auto value = call.query("as_of");
    if (!value) return call.now();
    const auto moment = parse_moment(*value);
    if (!moment) throw Problem(400, "invalid_parameter", "as_of: " + std::string(kMoment));
    return *moment;
}

}  // namespace rules
