#include "analysis/layout.hpp"

#include "analysis/section.hpp"

#include <string_view>
#include <utility>

namespace rules::analysis {
namespace {

using dmn::TableInput;

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

// Columns that ask for one and the same are one domain.
bool ask_alike(const TableInput& left, const TableInput& right) {
    return trimmed(left.text) == trimmed(right.text) && left.type.to_string() == right.type.to_string();
}

// Whether what two inputs give depends on each other: `a` and `a.b`, or `a` as two types.
bool are_bound(const std::string& left, const std::string& right) {
    return left == right || left.starts_with(right + ".") || right.starts_with(left + ".");
}

std::vector<std::vector<const TableInput*>> find_domains(Layout& layout) {
    std::vector<std::vector<const TableInput*>> domains;
    const auto& inputs = layout.parts->inputs;
    for (std::size_t column = 0; column < inputs.size(); ++column) {
        std::size_t domain = 0;
        while (domain < domains.size() && !ask_alike(*domains[domain].front(), inputs[column]))
            ++domain;
        if (domain == domains.size()) {
            domains.emplace_back();
            layout.column_of.push_back(column);
        }
        domains[domain].push_back(&inputs[column]);
        layout.domain_of.push_back(domain);
    }
    return domains;
}

void find_free(Layout& layout) {
    const std::size_t domains = layout.column_of.size();
    for (std::size_t domain = 0; domain < domains; ++domain)
        layout.free.push_back(layout.parts->inputs[layout.column_of[domain]].expression.is_reference());
    for (std::size_t domain = 0; domain < domains; ++domain)
        for (std::size_t other = 0; other < domain; ++other)
            if (are_bound(input_of(layout, domain), input_of(layout, other)))
                layout.free[domain] = layout.free[other] = false;
}

Box expected_of(const Grid& grid) {
    Box box;
    for (const Domain& domain : grid.domains) {
        Bits groups(domain.groups().size());
        for (std::size_t group = 0; group < domain.groups().size(); ++group)
            if (domain.groups()[group].expected && domain.groups()[group].value) groups.set(group);
        box.push_back(std::move(groups));
    }
    return box;
}

class Teller {
 public:
    Teller(const Layout& layout, std::size_t most) : layout_(layout), most_(most) {}

    std::vector<Undecided> tell() {
        for (std::size_t column = 0; column < layout_.domain_of.size(); ++column)
            tell_column(column);
        for (std::size_t column = 0; column < layout_.domain_of.size(); ++column)
            for (std::size_t rule = 0; rule < layout_.grid.rules; ++rule)
                if (!is_decided(layout_.parts->inputs[column].tests[rule]))
                    add({column + 1, rule + 1, layout_.parts->rules[rule].id,
                         "its test is no comparison with constants"});
        tell_outputs();
        return std::move(told_);
    }

 private:
    void tell_column(std::size_t column) {
        const std::size_t domain = layout_.domain_of[column];
        for (const std::string& remark : layout_.grid.domains[domain].remarks())
            add({column + 1, 0, "", remark});
        if (!layout_.free[domain])
            add({column + 1, 0, "", "it is computed, or a part of another column's input"});
    }

    // Where it matters whether two are alike, or which goes first.
    void tell_outputs() {
        const dmn::HitPolicy policy = layout_.parts->hit_policy;
        if (policy != dmn::HitPolicy::kAny && policy != dmn::HitPolicy::kPriority) return;
        for (std::size_t rule = 0; rule < layout_.grid.rules; ++rule)
            if (!layout_.parts->rules[rule].constant)
                add({0, rule + 1, layout_.parts->rules[rule].id, "its output is computed"});
    }

    void add(Undecided undecided) {
        if (told_.size() < most_) told_.push_back(std::move(undecided));
    }

    const Layout& layout_;
    std::size_t most_;
    std::vector<Undecided> told_;
};

constexpr std::size_t kMostColumns = 1'000;

}  // namespace

std::string input_of(const Layout& layout, std::size_t domain) {
    return trimmed(layout.parts->inputs[layout.column_of[domain]].text);
}

std::optional<Layout> make_layout(const dmn::TableParts& parts, Budget& steps, Budget& memory) {
    if (parts.inputs.size() > kMostColumns) return std::nullopt;
    Layout layout;
    layout.parts = &parts;
    layout.grid.rules = parts.rules.size();
    for (const auto& columns : find_domains(layout)) {
        auto domain = make_domain(columns, steps, memory);
        if (!domain) return std::nullopt;
        layout.grid.domains.push_back(*std::move(domain));
    }
    find_free(layout);
    layout.grid.expected = expected_of(layout.grid);
    return layout;
}

std::vector<Undecided> undecided(const Layout& layout, std::size_t most) {
    return Teller(layout, most).tell();
}

}  // namespace rules::analysis
