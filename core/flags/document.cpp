#include "core/flags/document.hpp"

#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using tenancy::pointer_token;

class DocumentReader {
 public:
    DocumentReader(const json& document, const SetDefinition& set) : document_(document) { read_.set = set; }

    base::Result<Document> read() {
        check_members();
        RuleFindings findings;
        read_set_parts(document_, strictness_, read_.set, findings);
        take(findings);
        read_.changes_set = document_.contains("fractional") || document_.contains("metadata") ||
                            document_.contains("$evaluators");
        const auto flags = document_.find("flags");
        if (flags == document_.end() || !(flags->is_object() || (flags->is_array() && lists_)) ||
            flags->size() > kMaxDocumentFlags)
            add("/flags", "invalid_flags", "The flags are an object of at most 10000 members.");
        else if (flags->is_object())
            read_members(*flags);
        else
            read_list(*flags);
        if (!faults_.empty()) return invalid_flag(std::move(faults_));
        return std::move(read_);
    }

 private:
    void add(std::string pointer, std::string code, std::string detail) {
        faults_.push_back({std::move(pointer), std::move(code), std::move(detail)});
    }
    void take(RuleFindings& findings) {
        std::move(findings.faults.begin(), findings.faults.end(), std::back_inserter(faults_));
        std::move(findings.warnings.begin(), findings.warnings.end(), std::back_inserter(read_.warnings));
    }

    void check_members() {
        for (const auto& [name, value] : document_.items()) {
            if (name == "$schema")
                read_schema(value);
            else if (name != "flags" && name != "metadata" && name != "$evaluators" && name != "fractional")
                read_.warnings.push_back({"/" + pointer_token(name), "ignored_member",
                                          "What is kept of a document is flags, metadata, $evaluators and "
                                          "fractional."});
        }
    }

    void read_schema(const json& value) {
        if (!value.is_string()) return add("/$schema", "invalid_type", "$schema is the address of a schema.");
        strictness_ = Strictness::kDocument;
        lists_ = !value.get_ref<const std::string&>().ends_with("flags.json");
    }

    void read_members(const json& flags) {
        for (const auto& [key, flag] : flags.items())
            read_flag(key, flag, "/flags/" + pointer_token(key));
    }

    void read_list(const json& flags) {
        std::map<std::string, std::size_t> seen;
        for (std::size_t i = 0; i < flags.size(); ++i) {
            const std::string at = "/flags/" + std::to_string(i);
            const auto key = flags[i].is_object() ? flags[i].find("key") : flags[i].end();
            if (!flags[i].is_object() || key == flags[i].end() || !key->is_string()) {
                add(at + "/key", "missing", "A flag in a list has a key.");
                continue;
            }
            const auto name = key->get<std::string>();
            if (!seen.emplace(name, i).second) add(at + "/key", "repeated_key", "Two flags have this key.");
            json flag = flags[i];
            flag.erase("key");
            read_flag(name, flag, at);
        }
        std::sort(read_.flags.begin(), read_.flags.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
    }

    void read_flag(const std::string& key, const json& flag, const std::string& at) {
        auto definition = read_definition(flag, read_.set.rules, strictness_, at, faults_);
        if (!is_flag_key(key))
            add(at, "invalid_flag_key", "A key has 1 to 128 bytes of UTF-8 without control characters.");
        if (definition.json.size() > kMaxDefinitionSize) add(at, "too_large", "A flag has at most 64 KiB.");
        std::copy(definition.warnings.begin(), definition.warnings.end(), std::back_inserter(read_.warnings));
        read_.flags.emplace_back(key, std::move(definition));
    }

    const json& document_;
    Strictness strictness_ = Strictness::kFlagd;
    bool lists_ = true;
    std::vector<base::FieldError> faults_;
    Document read_;
};

}  // namespace

base::Result<Document> parse_document(std::string_view text, const SetDefinition& set) {
    json document;
    MORTISE_TRY(
        tenancy::parse_strict_json(text, {.size = kMaxDocumentSize, .depth = kMaxRuleJsonDepth}, document));
    if (!document.is_object())
        return invalid_flag({{"", "invalid_type", "A flagd document is a JSON object."}});
    return DocumentReader(document, set).read();
}

}  // namespace mortise::flags
