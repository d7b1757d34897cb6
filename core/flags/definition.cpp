#include "core/flags/definition.hpp"

#include "core/base/text.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using tenancy::pointer_token;

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxVariantName = 128;
constexpr std::size_t kMaxMetadata = 64;
constexpr std::size_t kMaxErrors = 100;

// Collects what is wrong with one definition; pointers begin with `at`.
class Reader {
 public:
    explicit Reader(std::string at) : at_(std::move(at)) {}

    Definition read(const json& flag) {
        Definition definition;
        if (!flag.is_object()) {
            add("", "invalid_type", "A flag is a JSON object.");
            return definition;
        }
        check_members(flag);
        read_state(flag, definition);
        read_variants(flag, definition);
        read_default(flag, definition);
        read_metadata(flag, definition);
        check_targeting(flag);
        if (errors.empty()) definition.json = to_text(flag);
        return definition;
    }

    std::vector<base::FieldError> errors;
    bool targeting = false;  // one of the errors is that there is a rule

 private:
    void add(const std::string& pointer, std::string code, std::string detail) {
        errors.push_back({at_ + pointer, std::move(code), std::move(detail)});
    }

    void check_members(const json& flag) {
        for (const auto& [name, value] : flag.items()) {
            if (name != "state" && name != "variants" && name != "defaultVariant" && name != "targeting" &&
                name != "metadata")
                add("/" + pointer_token(name), "unknown_member",
                    "A flag has state, variants, defaultVariant, targeting and metadata, nothing else.");
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
        if (!found->is_object() || found->size() > kMaxMetadata)
            return add("/metadata", "invalid_metadata", "The metadata is an object of at most 64 members.");
        for (const auto& [name, value] : found->items()) {
            if (!value.is_boolean() && !value.is_string() && !value.is_number())
                add("/metadata/" + pointer_token(name), "invalid_type",
                    "A value of metadata is a boolean, a string or a number.");
        }
        if (!found->empty()) definition.metadata = found->dump();
    }

    void check_targeting(const json& flag) {
        const auto found = flag.find("targeting");
        if (found == flag.end()) return;
        if (!found->is_object()) return add("/targeting", "invalid_type", "Targeting is a JSON object.");
        if (found->empty()) return;
        targeting = true;
        add("/targeting", "targeting_not_available",
            "This version evaluates static variants and overrides; targeting rules are refused rather than ignored.");
    }

    static std::string to_text(const json& flag) {
        nlohmann::ordered_json ordered;
        for (const auto* const name : {"state", "variants", "defaultVariant", "targeting", "metadata"}) {
            if (const auto found = flag.find(name); found != flag.end()) ordered[name] = *found;
        }
        return ordered.dump();
    }

    const std::string at_;
};

base::Error error_of(std::vector<base::FieldError> errors, bool targeting) {
    const bool only_targeting = targeting && std::all_of(errors.begin(), errors.end(), [](const auto& error) {
                                    return error.code == "targeting_not_available";
                                });
    if (errors.size() > kMaxErrors) errors.resize(kMaxErrors);
    if (only_targeting)
        return {
            base::ErrorKind::kUnprocessable,
            "targeting_not_available",
            "This version evaluates static variants and overrides; flags with targeting rules can't be stored.",
            {},
            std::move(errors)};
    return {base::ErrorKind::kInvalid,
            "invalid_flag",
            "The flag definition has faults that must be mended.",
            {},
            std::move(errors)};
}

base::Error invalid_document(std::string pointer, std::string code, std::string detail) {
    return error_of({{std::move(pointer), std::move(code), std::move(detail)}}, false);
}

// The members of a document beside its flags.
void check_document(const json& document, std::vector<base::FieldError>& errors, bool& targeting) {
    for (const auto& [name, value] : document.items()) {
        if (name == "flags" || name == "$schema" || name == "metadata") continue;
        if (name != "$evaluators") {
            errors.push_back({"/" + pointer_token(name), "unknown_member",
                              "A document has flags, $schema, metadata and $evaluators, nothing else."});
        } else if (!value.empty()) {
            targeting = true;
            errors.push_back(
                {"/$evaluators", "targeting_not_available", "Evaluators are part of targeting rules."});
        }
    }
    const auto metadata = document.find("metadata");
    if (metadata != document.end() && !metadata->is_object())
        errors.push_back({"/metadata", "invalid_metadata", "The metadata is an object."});
}

// The flag with the set's metadata below its own, as flagd answers both together.
json with_set_metadata(json flag, const json& document) {
    const auto of_set = document.find("metadata");
    if (of_set == document.end() || !of_set->is_object() || of_set->empty() || !flag.is_object()) return flag;
    json merged = *of_set;
    if (flag.contains("metadata") && flag["metadata"].is_object()) merged.update(flag["metadata"]);
    flag["metadata"] = std::move(merged);
    return flag;
}

}  // namespace

const Variant* Definition::find(std::string_view variant) const noexcept {
    const auto found =
        std::lower_bound(variants.begin(), variants.end(), variant,
                         [](const Variant& a, std::string_view name) { return a.name < name; });
    return found == variants.end() || found->name != variant ? nullptr : &*found;
}

bool is_flag_key(std::string_view key) noexcept {
    if (key == "." || key == "..") return false;  // clients fold them away in a path
    return !key.empty() && key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    });
}

base::Result<Definition> parse_definition(std::string_view text) {
    json flag;
    MORTISE_TRY(tenancy::parse_strict_json(text, {.size = kMaxDefinitionSize, .depth = kMaxDepth}, flag));
    Reader reader("");
    auto definition = reader.read(flag);
    if (!reader.errors.empty()) return error_of(std::move(reader.errors), reader.targeting);
    return definition;
}

base::Result<std::vector<std::pair<std::string, Definition>>> parse_document(std::string_view text) {
    json document;
    MORTISE_TRY(
        tenancy::parse_strict_json(text, {.size = kMaxDocumentSize, .depth = kMaxDepth + 2}, document));
    if (!document.is_object())
        return invalid_document("", "invalid_type", "A flagd document is a JSON object.");
    const auto flags = document.find("flags");
    if (flags == document.end() || !flags->is_object() || flags->size() > kMaxDocumentFlags)
        return invalid_document("/flags", "invalid_flags",
                                "The flags are an object of at most 10000 members.");

    std::vector<base::FieldError> errors;
    bool targeting = false;
    check_document(document, errors, targeting);
    std::vector<std::pair<std::string, Definition>> definitions;
    for (const auto& [key, flag] : flags->items()) {
        Reader reader("/flags/" + pointer_token(key));
        auto definition = reader.read(with_set_metadata(flag, document));
        if (!is_flag_key(key))
            reader.errors.push_back({"/flags/" + pointer_token(key), "invalid_flag_key",
                                     "A key has 1 to 128 letters, digits, dots, hyphens and underscores."});
        if (definition.json.size() > kMaxDefinitionSize)
            reader.errors.push_back(
                {"/flags/" + pointer_token(key), "too_large", "A flag has at most 64 KiB."});
        targeting = targeting || reader.targeting;
        errors.insert(errors.end(), reader.errors.begin(), reader.errors.end());
        definitions.emplace_back(key, std::move(definition));
    }
    if (!errors.empty()) return error_of(std::move(errors), targeting);
    return definitions;
}

}  // namespace mortise::flags
