#include "core/flags/rule_check.hpp"

#include "core/flags/operators.hpp"
#include "core/flags/sem_ver.hpp"
#include "core/flags/share.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

std::string below(const std::string& at, std::size_t index) {
    return at + "/" + std::to_string(index);
}

bool all_strings(const json& list) {
    return std::all_of(list.begin(), list.end(), [](const json& item) { return item.is_string(); });
}

// Exactly major.minor.patch, without a v.
bool is_full_version(std::string_view text) {
    const auto core = text.substr(0, text.find_first_of("-+"));
    return std::count(core.begin(), core.end(), '.') == 2 && !text.starts_with('v') && !text.starts_with('V');
}

class RuleChecker {
 public:
    RuleChecker(Strictness strictness, RuleFindings& findings)
        : strict_(strictness != Strictness::kFlagd), findings_(findings) {}

    void rule(const json& value, const std::string& at) {
        if (value.size() != 1)
            return fault(at, "invalid_rule", "A rule is an object with one member, its operation.");
        const auto& name = value.begin().key();
        const auto& operand = value.begin().value();
        const std::string inside = at + "/" + tenancy::pointer_token(name);
        if (name == "$ref") {
            if (!operand.is_string()) fault(inside, "invalid_type", "$ref has the name of an evaluator.");
            return;
        }
        const auto* const found = find_operator(name);
        if (found == nullptr) return fault(inside, "unknown_operator", "There is no operation of this name.");
        operation(*found, operand, inside);
    }

    // Any value that can be an argument.
    void argument(const json& value, const std::string& at) {
        if (value.is_object()) {
            if (value.empty()) return lenient(at, "invalid_rule", "An empty object is no rule.");
            rule(value, at);
        } else if (value.is_array()) {
            arguments(value, at);
        }
    }

 private:
    void fault(const std::string& at, std::string code, std::string detail) {
        findings_.faults.push_back({at, std::move(code), std::move(detail)});
    }
    // Of what flagd warns and evaluates.
    void lenient(const std::string& at, std::string code, std::string detail) {
        auto& where = strict_ ? findings_.faults : findings_.warnings;
        where.push_back({at, std::move(code), std::move(detail)});
    }

    void arguments(const json& list, const std::string& at) {
        for (std::size_t i = 0; i < list.size(); ++i)
            argument(list[i], below(at, i));
    }

    void operation(const Operator& found, const json& operand, const std::string& at) {
        switch (found.arguments) {
            case Arguments::kList:
                return list(found, operand, at);
            case Arguments::kOne:
                return argument(operand, at);
            case Arguments::kVar:
                return var(operand, at);
            case Arguments::kKeys:
                return keys(operand, at);
            case Arguments::kNeedKeys:
                return needed_keys(operand, at);
            case Arguments::kTexts:
                return texts(found, operand, at);
            case Arguments::kVersions:
                return versions(found, operand, at);
            case Arguments::kShares:
                return shares(operand, at);
            case Arguments::kOutside:
                break;
        }
        lenient(at, "not_in_schema", "JSONLogic has this operation; flagd's schema hasn't.");
        argument(operand, at);
    }

    // Whether the operand is a list of as many arguments as the operation wants.
    bool sized(const Operator& found, const json& operand, const std::string& at) {
        if (operand.is_array() && operand.size() >= found.min && operand.size() <= found.max) return true;
        lenient(at, "invalid_arguments",
                found.max == kAny ? "The operation takes a list of " + std::to_string(found.min) + " or more."
                : found.max == found.min ? "The operation takes a list of " + std::to_string(found.min) + "."
                                         : "The operation takes a list of " + std::to_string(found.min) +
                                               " to " + std::to_string(found.max) + ".");
        return false;
    }

    void list(const Operator& found, const json& operand, const std::string& at) {
        sized(found, operand, at);
        argument(operand, at);
    }

    void var(const json& operand, const std::string& at) {
        if (!operand.is_string()) return argument(operand, at);
        const auto& path = operand.get_ref<const std::string&>();
        if (path.starts_with("$flagd.") && path != "$flagd.flagKey" && path != "$flagd.timestamp")
            fault(at, "unknown_flagd_property", "$flagd has flagKey and timestamp.");
    }

    void keys(const json& operand, const std::string& at) {
        if (!operand.is_array() || !all_strings(operand))
            lenient(at, "invalid_arguments", "The operation takes a list of keys.");
        argument(operand, at);
    }

    void needed_keys(const json& operand, const std::string& at) {
        const bool good = operand.is_array() && operand.size() == 2 && operand[0].is_number() &&
                          operand[1].is_array() && all_strings(operand[1]);
        if (!good) lenient(at, "invalid_arguments", "The operation takes a number and a list of keys.");
        argument(operand, at);
    }

    void texts(const Operator& found, const json& operand, const std::string& at) {
        if (!sized(found, operand, at) && !operand.is_array()) return argument(operand, at);
        for (std::size_t i = 0; i < operand.size(); ++i) {
            if (operand[i].is_object())
                argument(operand[i], below(at, i));
            else if (!operand[i].is_string())
                fault(below(at, i), "invalid_type", "The operation compares strings.");
        }
    }

    void versions(const Operator& found, const json& operand, const std::string& at) {
        if (!sized(found, operand, at) && !operand.is_array()) return argument(operand, at);
        for (std::size_t i = 0; i < operand.size(); ++i) {
            if (i == 1)
                version_operator(operand[i], below(at, i));
            else
                version(operand[i], below(at, i));
        }
    }

    void version(const json& value, const std::string& at) {
        if (value.is_object()) {
            argument(value, at);
            if (!value.contains("var"))
                lenient(at, "invalid_version", "A version is a string or comes from `var`.");
            return;
        }
        const bool string = value.is_string();
        if (!string && !value.is_number()) return fault(at, "invalid_version", "A version is a string.");
        const std::string text = string ? value.get<std::string>() : value.dump();
        if (!parse_sem_ver(text)) return fault(at, "invalid_version", "This is no version (semver.org).");
        if (!string || !is_full_version(text))
            lenient(at, "invalid_version", "A version has three numbers and no v before them.");
    }

    void version_operator(const json& value, const std::string& at) {
        if (value.is_object()) {
            argument(value, at);
            lenient(at, "invalid_operator", "The operator is one of = != < <= > >= ~ ^.");
        } else if (!value.is_string()) {
            fault(at, "invalid_operator", "The operator is one of = != < <= > >= ~ ^.");
        } else if (!parse_sem_ver_operator(value.get_ref<const std::string&>())) {
            lenient(at, "invalid_operator", "The operator is one of = != < <= > >= ~ ^.");
        }
    }

    void shares(const json& operand, const std::string& at) {
        if (!operand.is_array() || operand.empty())
            return fault(at, "invalid_arguments", "The operation takes a list of shares.");
        double total = 0;
        for (std::size_t i = 0; i < operand.size(); ++i) {
            const auto& item = operand[i];
            if (item.is_array()) {
                share(item, below(at, i), total);
            } else if (item.is_object()) {
                argument(item, below(at, i));
                if (i > 0) lenient(below(at, i), "invalid_share", "A share is a list of variant and weight.");
            } else {
                fault(below(at, i), i > 0 ? "invalid_share" : "invalid_bucketing",
                      i > 0 ? "A share is a list of variant and weight."
                            : "What is bucketed by is a rule, such as {\"var\": \"email\"}.");
            }
        }
        if (total > kMaxTotalWeight)
            lenient(at, "invalid_weight", "The weights of all shares are at most 2147483647 together.");
    }

    void share(const json& item, const std::string& at, double& total) {
        if (item.empty() || item.size() > 2)
            lenient(at, "invalid_share", "A share is a list of a variant and perhaps a weight.");
        if (!item.empty()) argument(item[0], below(at, 0));
        if (item.size() < 2) {
            total += 1;
        } else if (item[1].is_object()) {
            argument(item[1], below(at, 1));
        } else {
            weight(item[1], below(at, 1), total);
        }
    }

    void weight(const json& value, const std::string& at, double& total) {
        const double number = value.is_number() ? value.get<double>() : 0.5;
        if (number != std::trunc(number)) return fault(at, "invalid_weight", "A weight is a whole number.");
        if (number < 0) lenient(at, "invalid_weight", "A weight is not negative.");
        total += std::max(number, 0.0);
    }

    const bool strict_;
    RuleFindings& findings_;
};

}  // namespace

void check_targeting(const json& rule, Strictness strictness, const std::string& at, RuleFindings& findings) {
    if (!rule.is_object())
        findings.faults.push_back({at, "invalid_type", "Targeting is a JSON object."});
    else if (!rule.empty())
        RuleChecker(strictness, findings).rule(rule, at);
}

}  // namespace mortise::flags
