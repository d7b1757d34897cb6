#include "analysis/gaps.hpp"

#include "analysis/uncovered.hpp"

#include <algorithm>
#include <utility>

namespace rules::analysis {
namespace {

bool contains(const Box& outer, const Box& inner) {
    for (std::size_t i = 0; i < outer.size(); ++i)
        if (!outer[i].includes(inner[i])) return false;
    return true;
}

class GapFinder {
 public:
    GapFinder(const Grid& grid, std::size_t most, Budget& steps) : grid_(grid), most_(most), steps_(steps) {}

    Gaps find() {
        Uncovered search(grid_, grid_.expected, Certainty::kMay, steps_);
        Bits all(grid_.rules);
        for (std::size_t rule = 0; rule < grid_.rules; ++rule)
            all.set(rule);
        gaps_.complete = search.search(std::move(all), [this](const Box& box) { return take(box); });
        return std::move(gaps_);
    }

 private:
    bool take(const Box& box) {
        if (!steps_.take(gaps_.boxes.size() + 1)) return false;
        const auto has_it = [&](const Box& known) { return contains(known, box); };
        if (std::any_of(gaps_.boxes.begin(), gaps_.boxes.end(), has_it)) return true;
        ++gaps_.count;
        if (gaps_.boxes.size() < most_) gaps_.boxes.push_back(widened(box));
        return true;
    }

    // Domain after domain with all groups that leave it a gap.
    Box widened(Box box) {
        for (std::size_t at = 0; at < box.size(); ++at) {
            const Bits others = met_elsewhere(box, at);
            grid_.expected[at].each([&](std::size_t group) {
                if (!steps_.take(others.words())) return;
                if (!others.meets(grid_.domains[at].groups()[group].may)) box[at].set(group);
            });
        }
        return box;
    }

    // The rules that may match in the box, but for one domain.
    Bits met_elsewhere(const Box& box, std::size_t but) {
        Bits met(grid_.rules);
        for (std::size_t rule = 0; rule < grid_.rules; ++rule) {
            // A rule that there is no time to look at counts.
            bool meets = true;
            if (steps_.take(box.size()))
                for (std::size_t at = 0; at < box.size() && meets; ++at)
                    meets = at == but || grid_.domains[at].may(rule).meets(box[at]);
            if (meets) met.set(rule);
        }
        return met;
    }

    const Grid& grid_;
    std::size_t most_;
    Budget& steps_;
    Gaps gaps_;
};

}  // namespace

Gaps find_gaps(const Grid& grid, std::size_t most, Budget& steps) {
    return GapFinder(grid, most, steps).find();
}

}  // namespace rules::analysis
