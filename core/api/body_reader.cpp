#include "core/api/body_reader.hpp"

#include "core/base/text.hpp"

#include <set>

#include <nlohmann/json.hpp>

namespace mortise::api {

using base::Error;
using base::ErrorKind;

namespace {

constexpr std::size_t kMaxFaults = 50;

// To a member of the body; "" is the whole body (RFC 6901, 3).
std::string pointer(std::string_view name) {
    if (name.empty()) return {};
    std::string out = "/";
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

}  // namespace

struct BodyReader::State {
    nlohmann::json body;
    std::set<std::string, std::less<>> asked;
    std::vector<base::FieldError> faults;

    void fault(std::string_view name, std::string code, std::string detail) {
        // Enough to mend a body by; a body of nothing but faults must not make an answer of its size.
        if (faults.size() < kMaxFaults) faults.push_back({pointer(name), std::move(code), std::move(detail)});
    }

    // Null if it is absent or null.
    const nlohmann::json* find(std::string_view name) {
        asked.emplace(name);
        if (!body.is_object()) return nullptr;
        const auto found = body.find(name);
        return found == body.end() || found->is_null() ? nullptr : &*found;
    }

    const nlohmann::json* need(std::string_view name) {
        const auto* found = find(name);
        if (found == nullptr) fault(name, "required", "This member is required.");
        return found;
    }

    const nlohmann::json* find_change(std::string_view name) {
        const auto* found = find(name);
        if (found == nullptr && body.is_object() && body.contains(name))
            fault(name, "wrong_type", "This member can't be removed; leave it out to keep it.");
        return found;
    }

    std::optional<std::string> as_text(std::string_view name, const nlohmann::json* value) {
        if (value == nullptr) return std::nullopt;
        if (value->is_string()) return value->get<std::string>();
        fault(name, "wrong_type", "This member must be a string.");
        return std::nullopt;
    }

    std::optional<std::vector<std::string>> as_texts(std::string_view name, const nlohmann::json* value) {
        if (value == nullptr) return std::nullopt;
        std::vector<std::string> all;
        bool good = value->is_array();
        for (std::size_t i = 0; good && i < value->size(); ++i) {
            good = (*value)[i].is_string();
            if (good) all.push_back((*value)[i].get<std::string>());
        }
        if (good) return all;
        fault(name, "wrong_type", "This member must be a list of strings.");
        return std::nullopt;
    }
};

BodyReader::BodyReader(std::string_view body) : state_(std::make_unique<State>()) {
    state_->body = nlohmann::json::parse(body, nullptr, false);
    if (!state_->body.is_object()) state_->fault("", "wrong_type", "The body must be a JSON object.");
}

BodyReader::~BodyReader() = default;

std::string BodyReader::text(std::string_view name) {
    return state_->as_text(name, state_->need(name)).value_or("");
}

std::vector<std::string> BodyReader::texts(std::string_view name) {
    return state_->as_texts(name, state_->need(name)).value_or(std::vector<std::string>());
}

bool BodyReader::boolean(std::string_view name) {
    const auto* value = state_->need(name);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    state_->fault(name, "wrong_type", "This member must be true or false.");
    return false;
}

std::optional<std::string> BodyReader::optional_text(std::string_view name) {
    return state_->as_text(name, state_->find(name));
}

std::optional<std::string> BodyReader::changed_text(std::string_view name) {
    return state_->as_text(name, state_->find_change(name));
}

std::optional<std::vector<std::string>> BodyReader::changed_texts(std::string_view name) {
    return state_->as_texts(name, state_->find_change(name));
}

std::optional<std::int64_t> BodyReader::optional_integer(std::string_view name, std::int64_t least,
                                                         std::int64_t most) {
    const auto* value = state_->find(name);
    if (value == nullptr) return std::nullopt;
    const bool whole = value->is_number_integer() &&
                       !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
    if (whole && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most)
        return value->get<std::int64_t>();
    state_->fault(name, whole ? "out_of_range" : "wrong_type",
                  "This member must be a whole number from " + std::to_string(least) + " to " +
                      std::to_string(most) + ".");
    return std::nullopt;
}

std::optional<base::Micros> BodyReader::optional_time(std::string_view name) {
    const auto text = optional_text(name);
    if (!text) return std::nullopt;
    const auto time = base::parse_rfc3339(*text);
    if (!time)
        state_->fault(name, "invalid_time", "This member must be a time such as 2027-01-31T12:00:00Z.");
    return time;
}

std::string BodyReader::object_text(std::string_view name) {
    const auto* value = state_->find(name);
    if (value == nullptr) return "{}";
    if (value->is_object()) return value->dump();
    state_->fault(name, "wrong_type", "This member must be an object.");
    return "{}";
}

base::Status BodyReader::finish() {
    if (state_->body.is_object())
        for (const auto& [name, value] : state_->body.items())
            if (!state_->asked.contains(name))
                state_->fault(name, "unknown_member", "There is no such member.");
    if (state_->faults.empty()) return {};
    return Error{ErrorKind::kInvalid,
                 "invalid_body",
                 "The body has faults; see `errors`.",
                 {},
                 std::move(state_->faults)};
}

}  // namespace mortise::api
