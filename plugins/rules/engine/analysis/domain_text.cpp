// Groups of a domain as unary tests.
#include "analysis/domain.hpp"
#include "analysis/scale.hpp"

#include <algorithm>

namespace rules::analysis {
namespace {

using feel::Value;

constexpr std::size_t kMostPieces = 20;

// Adjoining segments of a section, by their places.
struct Run {
    std::uint32_t section;
    std::uint32_t first;
    std::uint32_t last;

    bool is_point() const { return first == last && first % 2 == 1; }
};

// Of a long value the beginning.
std::string shortened(const Value& value) {
    constexpr std::size_t kMost = 100;
    std::string text = literal(value);
    if (text.size() <= kMost) return text;
    std::size_t end = kMost;
    while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end) + "…";
}

std::string interval(const Section& section, const Run& run) {
    if (run.is_point()) return shortened(section.constants[run.first / 2]);
    const bool has_low = run.first > 0;
    const bool has_high = run.last < 2 * section.constants.size();
    const bool low_included = run.first % 2 == 1;
    const bool high_included = run.last % 2 == 1;
    const auto low = [&] { return shortened(section.constants[(run.first - 1) / 2]); };
    const auto high = [&] { return shortened(section.constants[run.last / 2]); };
    if (!has_low && !has_high) return "any " + std::string(kind_name(section.kind));
    if (!has_low) return (high_included ? "<= " : "< ") + high();
    if (!has_high) return (low_included ? ">= " : "> ") + low();
    return (low_included ? "[" : "(") + low() + ".." + high() + (high_included ? "]" : ")");
}

std::string piece(const Section& section, const Run& run) {
    switch (section.form) {
        case Section::Form::kNull:
            return "null";
        case Section::Form::kOther:
            return "values of other types";
        default:
            return section.ordered ? interval(section, run) : "any " + std::string(kind_name(section.kind));
    }
}

std::string listed(const std::vector<Section>& sections, const std::vector<Run>& runs) {
    std::string text;
    for (std::size_t i = 0; i < runs.size() && i < kMostPieces; ++i)
        text.append(i == 0 ? "" : ", ").append(piece(sections[runs[i].section], runs[i]));
    if (runs.size() > kMostPieces)
        text.append(", and ").append(std::to_string(runs.size() - kMostPieces)).append(" more");
    return text;
}

// Between two strings there are always others, and a run of booleans reads worse than its points.
bool can_follow(Value::Kind kind) {
    return kind != Value::Kind::kString && kind != Value::Kind::kBoolean;
}

// What is in some groups and what isn't.
struct Runs {
    std::vector<Run> inside;
    std::vector<Run> outside;
};

// Whether a negation is: a few points are listed rather than excluded.
bool is_simpler(const Runs& runs) {
    constexpr std::size_t kFew = 4;
    const bool points =
        std::all_of(runs.inside.begin(), runs.inside.end(), [](const Run& run) { return run.is_point(); });
    return runs.outside.size() < runs.inside.size() && (!points || runs.inside.size() > kFew);
}

}  // namespace

// The runs of all segments, or of those that are expected.
class DomainRuns {
 public:
    DomainRuns(const Domain& domain, const Bits& groups, bool expected_alone) : domain_(domain) {
        for (const Domain::Segment& segment : domain.segments_)
            if (segment.expected || !expected_alone) add(segment, groups.test(segment.group));
    }
    const Runs& runs() const { return runs_; }

 private:
    void add(const Domain::Segment& segment, bool inside) {
        std::vector<Run>& runs = inside ? runs_.inside : runs_.outside;
        const bool adjoins =
            before_ != nullptr && was_inside_ == inside && before_->section == segment.section;
        const bool follows = segment.follows && can_follow(domain_.sections_[segment.section].kind);
        if (adjoins && (segment.place == before_->place + 1 || follows))
            runs.back().last = segment.place;
        else
            runs.push_back({segment.section, segment.place, segment.place});
        before_ = &segment;
        was_inside_ = inside;
    }

    const Domain& domain_;
    Runs runs_;
    const Domain::Segment* before_ = nullptr;
    bool was_inside_ = false;
};

std::string Domain::text(const Bits& groups) const {
    Runs runs = DomainRuns(*this, groups, true).runs();
    if (runs.outside.empty()) return "-";
    if (runs.inside.empty()) return listed(sections_, DomainRuns(*this, groups, false).runs().inside);
    if (runs.outside.size() == 1 && sections_[runs.outside.front().section].form == Section::Form::kNull)
        return "not(null)";
    const Section& section = sections_[runs.outside.front().section];
    const auto is_of_section = [&](const Run& run) { return &sections_[run.section] == &section; };
    const auto is_its_point = [&](const Run& run) { return is_of_section(run) && run.is_point(); };
    const bool negated = is_simpler(runs) && section.form == Section::Form::kValues &&
                         std::all_of(runs.outside.begin(), runs.outside.end(), is_its_point) &&
                         std::all_of(runs.inside.begin(), runs.inside.end(), is_of_section);
    return negated ? "not(" + listed(sections_, runs.outside) + ")" : listed(sections_, runs.inside);
}

}  // namespace rules::analysis
