#include "core/tenancy/tenant.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mortise::tenancy {
namespace {

constexpr std::array<std::string_view, 4> kStates{"creating", "active", "suspended", "deleting"};

bool is_name(std::string_view text) noexcept {
    if (!base::is_utf8(text) || base::trim(text) != text) return false;
    const auto is_control = [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; };
    const auto length = base::utf8_length(text);
    return length >= 1 && length <= 200 && std::none_of(text.begin(), text.end(), is_control);
}

bool is_plan_id(std::string_view text) noexcept {
    return is_slug(text);
}

base::FieldError name_error() {
    return {"/name", "invalid_name",
            "A name has 1 to 200 characters, no control characters, no space around it."};
}

base::FieldError plan_error() {
    return {"/plan", "invalid_plan", "A plan is named like 'standard'."};
}

base::Status status_of(std::vector<base::FieldError> fields) {
    if (fields.empty()) return {};
    return base::Error{base::ErrorKind::kInvalid,
                       "invalid_tenant",
                       "The tenant has fields that must be mended.",
                       {},
                       std::move(fields)};
}

}  // namespace

std::string_view to_string(TenantState state) noexcept {
    return kStates[static_cast<std::size_t>(state)];
}

std::optional<TenantState> parse_tenant_state(std::string_view text) noexcept {
    const auto* const found = std::find(kStates.begin(), kStates.end(), text);
    if (found == kStates.end()) return std::nullopt;
    return static_cast<TenantState>(found - kStates.begin());
}

bool is_slug(std::string_view text) noexcept {
    if (text.size() < 2 || text.size() > 63 || text.back() == '-') return false;
    if (text.front() < 'a' || text.front() > 'z') return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

base::Status check(const NewTenant& tenant) {
    std::vector<base::FieldError> fields;
    if (!is_slug(tenant.slug))
        fields.push_back(
            {"/slug", "invalid_slug",
             "A slug has 2 to 63 characters: a lower-case letter, then lower-case letters, digits "
             "and hyphens, without a hyphen at the end."});
    if (!is_name(tenant.name)) fields.push_back(name_error());
    if (!is_plan_id(tenant.plan)) fields.push_back(plan_error());
    return status_of(std::move(fields));
}

base::Status check(const TenantPatch& patch) {
    std::vector<base::FieldError> fields;
    if (patch.name && !is_name(*patch.name)) fields.push_back(name_error());
    if (patch.plan && !is_plan_id(*patch.plan)) fields.push_back(plan_error());
    return status_of(std::move(fields));
}

}  // namespace mortise::tenancy
