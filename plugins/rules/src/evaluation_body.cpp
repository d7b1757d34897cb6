#include "evaluation_body.hpp"

#include "json_pieces.hpp"
#include "model_body.hpp"
#include "mortise/errors.hpp"
#include "mortise/text.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::FieldError;
using mortise::sdk::Problem;

constexpr std::size_t kMaxElement = 1'000;  // bytes

// Reads members one by one and gathers what is wrong with them.
class BodyReader {
 public:
    explicit BodyReader(std::string_view body) {
        auto members = json_members(body);
        if (!members) throw Problem(400, "invalid_json", "The body must be a well-formed JSON object.");
        members_ = *std::move(members);
        read_.resize(members_.size());
    }

    // A member's text, as it stands there; nullopt if there is none.
    std::optional<std::string_view> piece(std::string_view name) {
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (members_[i].name != name) continue;
            read_[i] = true;
            return members_[i].text;
        }
        return std::nullopt;
    }

    // One line, without control characters: it may go into a statement.
    std::optional<std::string> text(std::string_view name) {
        const auto line = any_text(name, kMaxElement);
        if (line && mortise::sdk::has_control(*line))
            return refuse<std::string>(name, "must not have control characters");
        return line;
    }

    std::optional<std::string> any_text(std::string_view name, std::size_t most) {
        const auto value = read(name);
        if (!value) return std::nullopt;
        if (!value->is_string()) return refuse<std::string>(name, "must be a text");
        const std::string_view text = value->as_string();
        if (text.empty() || text.size() > most)
            return refuse<std::string>(name, "must have 1 to " + std::to_string(most) + " bytes");
        return std::string(text);
    }

    std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most) {
        const auto value = read(name);
        if (!value) return std::nullopt;
        const auto number = value->is_number() ? value->as_number().to_integer() : std::nullopt;
        if (number && *number >= least && *number <= most) return number;
        return refuse<std::int64_t>(
            name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }

    bool flag(std::string_view name) {
        const auto value = read(name);
        if (value && !value->is_boolean()) fault(name, "must be true or false");
        return value && value->is_true();
    }

    std::optional<std::int64_t> moment(std::string_view name) {
        const auto given = text(name);
        if (!given) return std::nullopt;
        const auto moment = parse_moment(*given);
        return moment ? moment
                      : refuse<std::int64_t>(name, "must be a date, or a time as RFC 3339 writes it");
    }

    feel::JsonForm form() {
        const auto name = text("values");
        if (name && *name != "plain" && *name != "tagged") fault("values", "must be plain or tagged");
        return name == "tagged" ? feel::JsonForm::kTagged : feel::JsonForm::kPlain;
    }

    void fault(std::string_view name, std::string_view what) {
        errors_.push_back({"/" + std::string(name), "invalid",
                           "The member " + std::string(name) + " " + std::string(what) + "."});
    }

    // Refuses members that were not asked for, and what was gathered.
    void finish() {
        for (std::size_t i = 0; i < members_.size(); ++i)
            if (!read_[i])
                errors_.push_back({pointer_to(members_[i].name), "unknown", "This member is unknown."});
        if (!errors_.empty())
            throw Problem(400, "invalid_evaluation", "Some members are not valid; see errors.")
                .with_errors(errors_);
    }

 private:
    // RFC 6901, section 3.
    static std::string pointer_to(std::string_view name) {
        std::string pointer = "/";
        for (const char c : name) {
            if (c == '~')
                pointer += "~0";
            else if (c == '/')
                pointer += "~1";
            else
                pointer += c;
        }
        return pointer;
    }

    std::optional<feel::Value> read(std::string_view name) {
        const auto given = piece(name);
        if (!given) return std::nullopt;
        auto value = feel::read_json(*given);
        if (!value) return refuse<feel::Value>(name, "is not well-formed JSON");
        return *std::move(value);
    }

    template <typename T>
    std::optional<T> refuse(std::string_view name, std::string_view what) {
        fault(name, what);
        return std::nullopt;
    }

    std::vector<JsonMember> members_;
    std::vector<bool> read_;
    std::vector<FieldError> errors_;
};

void read_contexts(BodyReader& reader, EvaluationBody& body) {
    const auto one = reader.piece("context");
    const auto many = reader.piece("contexts");
    if (one && many) reader.fault("contexts", "must not stand beside context");
    if (one) body.contexts.push_back(*one);
    if (!one && !many) body.contexts.push_back("{}");
    if (!many || one) return;
    body.many = true;
    auto items = json_items(*many);
    if (!items || items->empty() || items->size() > kMaxContexts)
        return reader.fault("contexts",
                            "must be an array of 1 to " + std::to_string(kMaxContexts) + " objects");
    body.contexts = *std::move(items);
}

void read_element(BodyReader& reader, EvaluationBody& body) {
    auto decision = reader.text("decision");
    auto service = reader.text("decision_service");
    if (decision.has_value() == service.has_value())
        reader.fault("decision", "or the member decision_service must be given, and not both");
    body.is_service = service.has_value();
    body.element = body.is_service ? *std::move(service) : std::move(decision).value_or("");
}

constexpr std::int64_t kMaxVersion = 1'000'000'000;

}  // namespace

EvaluationBody decode_evaluation(std::string_view text, EvaluationOf of) {
    BodyReader reader(text);
    EvaluationBody body;
    if (of == EvaluationOf::kModel) {
        read_element(reader, body);
        body.version = reader.integer("version", 1, kMaxVersion);
    } else {
        body.model = reader.text("model");
    }
    body.as_of = reader.moment("as_of");
    if (body.version && body.as_of) reader.fault("as_of", "must not stand beside version");
    read_contexts(reader, body);
    body.explain = reader.flag("explain");
    body.form = reader.form();
    reader.finish();
    return body;
}

FeelBody decode_feel(std::string_view text) {
    BodyReader reader(text);
    FeelBody body;
    auto expression = reader.any_text("expression", feel::Limits().source_bytes);
    if (!expression) reader.fault("expression", "is needed");
    body.expression = std::move(expression).value_or("");
    body.context = reader.piece("context").value_or("{}");
    body.form = reader.form();
    reader.finish();
    return body;
}

ReplayBody decode_replay(std::string_view text) {
    BodyReader reader(text);
    ReplayBody body;
    auto model = reader.text("model");
    if (!model) reader.fault("model", "is needed");
    body.model = std::move(model).value_or("");
    body.version = reader.integer("version", 1, kMaxVersion);
    body.of_version = reader.integer("of_version", 1, kMaxVersion);
    body.decision = reader.text("decision");
    body.from = reader.moment("from");
    body.to = reader.moment("to");
    body.limit = reader.integer("limit", 1, kMaxReplay).value_or(body.limit);
    body.cursor = reader.text("cursor");
    reader.finish();
    return body;
}

}  // namespace rules
