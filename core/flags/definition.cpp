#include "core/flags/definition.hpp"

#include "core/base/text.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using tenancy::pointer_token;

constexpr std::size_t kMaxValueDepth = 14;  // of a variant's value
constexpr std::size_t kMaxFlagKey = 128;
constexpr std::size_t kMaxMetadata = 64;
constexpr std::size_t kMaxErrors = 100;
constexpr std::array<const char*, 6> kMembers{"state",     "variants", "defaultVariant",
                                              "targeting", "metadata", "mortise"};

std::size_t depth_of(const json& value) {
    std::size_t deepest = 0;
    if (value.is_structured())
        for (const auto& item : value)
            deepest = std::max(deepest, depth_of(item));
    return deepest + (value.is_structured() ? 1 : 0);
}

// Collects what is wrong with one definition; pointers begin with `at`.
class Reader {
 public:
    Reader(const RuleSet& set, Strictness strictness, const std::string& at,
           std::vector<base::FieldError>& faults)
        : set_(set), strictness_(strictness), at_(at), faults_(faults) {}

    Definition read(const json& flag) {
        Definition definition;
        if (!flag.is_object()) {
            add("", "invalid_type", "A flag is a JSON object.");
            return definition;
        }
        const auto before = faults_.size();
        check_members(flag);
        read_state(flag, definition);
        read_variants(flag, definition);
        read_default(flag, definition);
        read_metadata(flag, definition);
        read_targeting(flag, definition);
        read_mortise(flag, definition);
        if (faults_.size() == before) definition.json = to_text(flag);
        return definition;
    }

 private:
    void add(const std::string& pointer, std::string code, std::string detail) {
        faults_.push_back({at_ + pointer, std::move(code), std::move(detail)});
    }

    void check_members(const json& flag) {
        for (const auto& [name, value] : flag.items()) {
            if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end())
                add("/" + pointer_token(name), "unknown_member",
                    "A flag has state, variants, defaultVariant, targeting, metadata and mortise, nothing "
                    "else.");
        }
    }

    void read_state(const json& flag, Definition& definition) {
        const auto state = flag.find("state");
        if (state == flag.end()) return add("/state", "missing", "A flag has a state.");
        definition.enabled = *state == "ENABLED";
        if (!definition.enabled && *state != "DISABLED")
            add("/state", "invalid_state", "The state is \"ENABLED\" or \"DISABLED\".");
    }

    void read_variants(const json& flag, Definition& definition) {
        const auto variants = flag.find("variants");
        if (variants == flag.end()) return add("/variants", "missing", "A flag has variants.");
        if (!variants->is_object() || variants->empty() || variants->size() > kMaxVariants)
            return add("/variants", "invalid_variants", "The variants are an object of 1 to 1000 members.");
        bool first = true;
        for (const auto& [name, value] : variants->items()) {
            const std::string pointer = "/variants/" + pointer_token(name);
            if (name.empty() || name.size() > kMaxVariantName)
                add(pointer, "invalid_name", "A variant's name has 1 to 128 bytes.");
            const auto type = type_of(value);
            if (!type) {
                add(pointer, "invalid_type",
                    "A variant's value is a boolean, a string, a number or an object.");
            } else if (first) {
                definition.type = *type;
                first = false;
            } else if (*type != definition.type) {
                add(pointer, "mixed_types", "All variants of a flag have values of one type.");
            }
            definition.variants.push_back({name, value.dump()});  // in the order of their names
        }
    }

    static std::optional<VariantType> type_of(const json& value) {
        if (value.is_boolean()) return VariantType::kBoolean;
        if (value.is_string()) return VariantType::kString;
        if (value.is_number()) return VariantType::kNumber;
        if (value.is_object()) return VariantType::kObject;
        return std::nullopt;
    }

    void read_default(const json& flag, Definition& definition) {
        const auto found = flag.find("defaultVariant");
        if (found == flag.end() || found->is_null()) return;
        if (!found->is_string())
            return add("/defaultVariant", "invalid_type",
                       "The default variant is a variant's name, or null.");
        const auto& variants = definition.variants;
        const auto variant = std::find_if(variants.begin(), variants.end(),
                                          [&](const Variant& candidate) { return candidate.name == *found; });
        if (variant == variants.end())
            return add("/defaultVariant", "unknown_variant", "The default variant is none of the variants.");
        definition.default_variant = static_cast<std::size_t>(variant - variants.begin());
    }

    void read_metadata(const json& flag, Definition& definition) {
        const auto found = flag.find("metadata");
        if (found == flag.end()) return;
        check_metadata(*found, at_ + "/metadata", faults_);
        if (found->is_object() && !found->empty()) definition.metadata = found->dump();
    }

    void read_targeting(const json& flag, Definition& definition) {
        const auto found = flag.find("targeting");
        if (found == flag.end()) return;
        const std::string at = at_ + "/targeting";
        RuleFindings findings;
        check_targeting(*found, strictness_, at, findings);
        definition.targeted = found->is_object() && !found->empty();
        if (definition.targeted && findings.faults.empty()) {
            auto compiled = compile_rule(*found, set_, strictness_, at);
            definition.rule = std::move(compiled.program);
            std::move(compiled.findings.faults.begin(), compiled.findings.faults.end(),
                      std::back_inserter(findings.faults));
            std::move(compiled.findings.warnings.begin(), compiled.findings.warnings.end(),
                      std::back_inserter(findings.warnings));
        }
        std::move(findings.faults.begin(), findings.faults.end(), std::back_inserter(faults_));
        definition.warnings = std::move(findings.warnings);
    }

    void read_mortise(const json& flag, Definition& definition) {
        const auto found = flag.find("mortise");
        if (found == flag.end()) return;
        std::vector<std::string_view> names;
        for (const auto& variant : definition.variants)
            names.emplace_back(variant.name);
        auto delivery = read_delivery(*found, names, set_.fractional, at_ + "/mortise", faults_);
        if (!found->is_object() || found->empty()) return;
        definition.delivery = std::make_shared<const Delivery>(std::move(delivery));
    }

    static std::string to_text(const json& flag) {
        nlohmann::ordered_json ordered;
        for (const auto* const name : kMembers) {
            if (const auto found = flag.find(name); found != flag.end()) ordered[name] = *found;
        }
        return ordered.dump();
    }

    const RuleSet& set_;
    const Strictness strictness_;
    const std::string& at_;
    std::vector<base::FieldError>& faults_;
};

}  // namespace

const Variant* Definition::find(std::string_view variant) const noexcept {
    const auto found =
        std::lower_bound(variants.begin(), variants.end(), variant,
                         [](const Variant& a, std::string_view name) { return a.name < name; });
    return found == variants.end() || found->name != variant ? nullptr : &*found;
}

bool is_flag_key(std::string_view key) noexcept {
    if (key.empty() || key.size() > kMaxFlagKey || key == "." || key == "..") return false;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    return base::is_utf8(key) && std::none_of(key.begin(), key.end(), is_control);
}

base::Error invalid_flag(std::vector<base::FieldError> faults) {
    if (faults.size() > kMaxErrors) faults.resize(kMaxErrors);
    return {base::ErrorKind::kInvalid,
            "invalid_flag",
            "The flag definition has faults that must be mended.",
            {},
            std::move(faults)};
}

void check_metadata(const json& metadata, const std::string& at, std::vector<base::FieldError>& faults) {
    if (!metadata.is_object() || metadata.size() > kMaxMetadata) {
        faults.push_back({at, "invalid_metadata", "The metadata is an object of at most 64 members."});
        return;
    }
    for (const auto& [name, value] : metadata.items()) {
        if (!value.is_boolean() && !value.is_string() && !value.is_number())
            faults.push_back({at + "/" + pointer_token(name), "invalid_type",
                              "A value of metadata is a boolean, a string or a number."});
    }
}

Definition read_definition(const json& flag, const RuleSet& set, Strictness strictness, const std::string& at,
                           std::vector<base::FieldError>& faults) {
    // What a client has to parse stays flat; only rules may be deeper.
    if (const auto variants = flag.is_object() ? flag.find("variants") : flag.end();
        variants != flag.end() && depth_of(*variants) > kMaxValueDepth + 1) {
        faults.push_back({at + "/variants", "too_deep", "A variant's value is nested at most 14 deep."});
        return {};
    }
    return Reader(set, strictness, at, faults).read(flag);
}

base::Result<Definition> parse_definition(std::string_view text, const RuleSet& set, Strictness strictness) {
    json flag;
    MORTISE_TRY(
        tenancy::parse_strict_json(text, {.size = kMaxDefinitionSize, .depth = kMaxRuleJsonDepth}, flag));
    std::vector<base::FieldError> faults;
    auto definition = read_definition(flag, set, strictness, "", faults);
    if (!faults.empty()) return invalid_flag(std::move(faults));
    return definition;
}

}  // namespace mortise::flags
