#include "draft.hpp"

#include "mortise/errors.hpp"
#include "mortise/text.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include <nlohmann/json.hpp>

namespace milestones {
namespace {

using mortise::sdk::FieldError;
using mortise::sdk::Problem;
using Json = nlohmann::json;
using Check = std::optional<Fault> (*)(std::string_view);

constexpr std::size_t kMaxFaults = 100;  // more don't help, and an answer should not outgrow the body

// Escapes a member's name for a JSON Pointer (RFC 6901, section 3); an endless one is cut.
std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    for (const char c : mortise::sdk::cut_utf8(name, kMaxKey)) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
    return pointer;
}

// Reads the members of an object, and collects what is wrong with them.
class Members {
 public:
    explicit Members(std::string_view body) {
        object_ = Json::parse(body, nullptr, false);
        if (object_.is_discarded()) throw Problem(400, "invalid_json", "The body is not well-formed JSON.");
        if (!object_.is_object()) throw Problem(400, "invalid_json", "The body must be a JSON object.");
    }

    bool has(const char* name) const { return object_.contains(name); }
    bool is_null(const char* name) const { return has(name) && object_[name].is_null(); }

    void fault(const std::string& pointer, std::string_view code, std::string detail) {
        if (errors_.size() < kMaxFaults) errors_.push_back({pointer, std::string(code), std::move(detail)});
    }

    // A member that must be text and pass `check`; nothing if it is absent, null or at fault.
    std::optional<std::string> text(const char* name, Check check) {
        if (!has(name) || is_null(name)) return std::nullopt;
        return element(pointer_to(name), object_[name], check);
    }

    // As above, of a member that must be there.
    std::string required_text(const char* name, Check check) {
        if (!has(name) || is_null(name)) fault(pointer_to(name), "required", "Must be given.");
        return text(name, check).value_or(std::string());
    }

    std::optional<std::int64_t> percent(const char* name) {
        if (!has(name)) return std::nullopt;
        const Json& value = object_[name];
        const std::string pointer = pointer_to(name);
        if (!value.is_number()) {
            fault(pointer, "wrong_type", "Must be a whole number.");
            return std::nullopt;
        }
        const double number = value.get<double>();
        const bool whole = number >= -1 && number <= 101 && std::floor(number) == number;
        const auto progress = whole ? static_cast<std::int64_t>(number) : std::int64_t{-1};
        if (const auto wrong = check_progress(progress)) fault(pointer, wrong->code, wrong->detail);
        return progress;
    }

    std::optional<std::vector<std::string>> keys(const char* name) {
        if (!has(name)) return std::nullopt;
        if (is_null(name)) return std::vector<std::string>();
        const Json& value = object_[name];
        const std::string pointer = pointer_to(name);
        if (!value.is_array()) {
            fault(pointer, "wrong_type", "Must be an array of keys.");
            return std::nullopt;
        }
        if (value.size() > kMaxDependencies) {
            fault(pointer, "too_long", "Must have at most " + std::to_string(kMaxDependencies) + " keys.");
            return std::nullopt;
        }
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < value.size(); ++i)
            if (auto key = element(pointer + '/' + std::to_string(i), value[i], check_key))
                keys.push_back(std::move(*key));
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        return keys;
    }

    // Refuses members that nobody reads: a misspelt one must not be taken for none.
    void allow(std::initializer_list<std::string_view> names) {
        for (const auto& [name, value] : object_.items())
            if (std::ranges::find(names, name) == names.end())
                fault(pointer_to(name), "unknown_member", "This member is unknown here.");
    }
    void refuse_null(const char* name) {
        if (is_null(name)) fault(pointer_to(name), "required", "Must not be null.");
    }

    void throw_if_faulty() const {
        if (errors_.empty()) return;
        throw Problem(400, "invalid_milestone", "Some fields are not valid; see errors.")
            .with_errors(errors_);
    }

 private:
    std::optional<std::string> element(const std::string& pointer, const Json& value, Check check) {
        if (!value.is_string()) {
            fault(pointer, "wrong_type", "Must be text.");
            return std::nullopt;
        }
        const auto& text = value.get_ref<const std::string&>();
        const auto wrong = check(text);
        if (!wrong) return text;
        fault(pointer, wrong->code, wrong->detail);
        return std::nullopt;
    }

    Json object_;
    std::vector<FieldError> errors_;
};

std::optional<Status> status_of(Members& members) {
    const auto name = members.text("status", check_status);
    return name ? parse_status(*name) : std::nullopt;
}

// An empty description is none: a table of the export could not tell the two apart.
std::optional<std::string> without_empty(std::optional<std::string> text) {
    return text && text->empty() ? std::nullopt : std::move(text);
}

// A member of a patch that null removes.
std::optional<std::optional<std::string>> removable(Members& members, const char* name, Check check) {
    if (!members.has(name)) return std::nullopt;
    return std::optional<std::optional<std::string>>(std::in_place, members.text(name, check));
}

}  // namespace

Draft decode_draft(std::string_view body) {
    Members members(body);
    members.allow(
        {"key", "title", "description", "owner", "due", "status", "progress", "parent", "depends_on"});
    members.refuse_null("status");
    Draft draft;
    draft.key = members.required_text("key", check_key);
    draft.title = members.required_text("title", check_title);
    draft.description = without_empty(members.text("description", check_description));
    draft.owner = members.text("owner", check_owner);
    draft.due = members.text("due", check_due);
    draft.status = status_of(members).value_or(Status::kPlanned);
    draft.progress = members.percent("progress").value_or(0);
    draft.parent = members.text("parent", check_key);
    draft.depends_on = members.keys("depends_on").value_or(std::vector<std::string>());
    members.throw_if_faulty();
    return draft;
}

Patch decode_patch(std::string_view body) {
    Members members(body);
    members.allow({"title", "description", "owner", "due", "status", "progress", "parent", "depends_on"});
    members.refuse_null("title");
    members.refuse_null("status");
    Patch patch;
    patch.title = members.text("title", check_title);
    patch.description = removable(members, "description", check_description);
    if (patch.description) patch.description = without_empty(std::move(*patch.description));
    patch.owner = removable(members, "owner", check_owner);
    patch.due = removable(members, "due", check_due);
    patch.status = status_of(members);
    patch.progress = members.percent("progress");
    patch.parent = removable(members, "parent", check_key);
    patch.depends_on = members.keys("depends_on");
    members.throw_if_faulty();
    return patch;
}

}  // namespace milestones
