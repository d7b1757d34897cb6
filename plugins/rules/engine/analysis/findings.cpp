#include "analysis/findings.hpp"

#include "analysis/scale.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rules::analysis {
namespace {

// One of these groups with a known value, if there is one; of those that are expected, if there are any.
const Group* shown_of(const Domain& domain, const Bits& groups) {
    const Group* shown = nullptr;
    groups.each([&](std::size_t at) {
        const Group& group = domain.groups()[at];
        if (!group.value || (shown != nullptr && (shown->expected || !group.expected))) return;
        shown = &group;
    });
    return shown;
}

std::size_t bytes_of(const Finding& finding) {
    std::size_t bytes = finding.message.size();
    for (const std::string& tests : finding.region)
        bytes += tests.size();
    for (const Assignment& input : finding.example)
        bytes += input.input.size() + input.value.size();
    return bytes;
}

}  // namespace

std::vector<std::string> Findings::region(const Box& where) const {
    std::vector<std::string> texts;
    for (std::size_t domain = 0; domain < where.size(); ++domain)
        texts.push_back(layout_.grid.domains[domain].text(where[domain]));
    std::vector<std::string> columns;
    for (const std::size_t domain : layout_.domain_of)
        columns.push_back(texts[domain]);
    return columns;
}

std::string Findings::place(const Box& where) const {
    std::string text;
    for (std::size_t domain = 0; domain < where.size(); ++domain) {
        const std::string tests = layout_.grid.domains[domain].text(where[domain]);
        if (tests != "-")
            text.append(text.empty() ? "" : "; ")
                .append(input_of(layout_, domain))
                .append(": ")
                .append(tests);
    }
    return text;
}

std::vector<Assignment> Findings::example(const Box& shown) const {
    std::vector<Assignment> inputs;
    for (std::size_t domain = 0; domain < shown.size(); ++domain) {
        const Group* group = shown_of(layout_.grid.domains[domain], shown[domain]);
        if (group == nullptr) return {};
        inputs.push_back({input_of(layout_, domain), literal(*group->value)});
    }
    return inputs;
}

// What takes all values of an input is so whichever it has.
bool Findings::certain(const Box& shown) const {
    for (std::size_t domain = 0; domain < shown.size(); ++domain)
        if (!layout_.free[domain] && !shown[domain].includes(layout_.grid.expected[domain])) return false;
    return true;
}

void Findings::tell(Kind kind, std::vector<std::size_t> rules, const Box& where, const Box* shown,
                    std::string message) {
    Finding finding;
    finding.kind = kind;
    for (const std::size_t rule : rules)
        finding.rules.push_back({rule + 1, layout_.parts->rules[rule].id});
    finding.region = region(where);
    if (shown != nullptr) finding.example = example(*shown);
    const bool exists = kind == Kind::kGap || kind == Kind::kPolicyViolation || kind == Kind::kOverlap;
    finding.certain = !exists || certain(*shown);
    finding.message = std::move(message);
    bytes_ += bytes_of(finding);
    findings_.push_back(std::move(finding));
}

void Findings::move_to(TableReport& report) {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& left, const Finding& right) { return left.kind < right.kind; });
    report.findings = std::move(findings_);
    for (const auto& [kind, found] : counts_)
        report.counts.push_back({kind, found});
}

}  // namespace rules::analysis
