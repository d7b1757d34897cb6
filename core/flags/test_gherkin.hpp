#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// Reads what the features of flagd's testbed use of Gherkin: features, backgrounds, scenarios, outlines with
// examples, tags and tables.
namespace mortise::flags::test {

using Row = std::vector<std::string>;

struct Step {
    std::string text;  // without its keyword
    std::vector<Row> table;
};

struct Scenario {
    std::string name;
    std::set<std::string> tags;
    std::vector<Step> steps;  // those of the background first
};

class GherkinReader {
 public:
    // Every scenario, an outline once for each row of its examples.
    static std::vector<Scenario> read(const std::string& text) {
        GherkinReader reader;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            reader.line(trim(std::string_view(text).substr(at, end - at)));
            at = end + 1;
        }
        reader.end_scenario();
        return std::move(reader.scenarios_);
    }

 private:
    struct Examples {
        std::set<std::string> tags;
        std::vector<Row> rows;  // the first one has the names
    };

    static std::string_view trim(std::string_view text) {
        while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r'))
            text.remove_prefix(1);
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
            text.remove_suffix(1);
        return text;
    }

    static bool take(std::string_view& text, std::string_view keyword) {
        if (!text.starts_with(keyword)) return false;
        text = trim(text.substr(keyword.size()));
        return true;
    }

    static Row cells(std::string_view text) {
        Row row;
        text.remove_prefix(1);
        for (auto bar = text.find('|'); bar != std::string_view::npos; bar = text.find('|')) {
            row.emplace_back(trim(text.substr(0, bar)));
            text.remove_prefix(bar + 1);
        }
        return row;
    }

    void line(std::string_view text) {
        if (text.empty() || text.front() == '#') return;
        if (text.front() == '@') return tags(text);
        if (text.front() == '|') return table_row(text);
        if (take(text, "Feature:")) {
            feature_tags_ = std::exchange(tags_, {});
        } else if (take(text, "Background:")) {
            in_background_ = true;
        } else if (take(text, "Scenario Outline:") || take(text, "Scenario:")) {
            end_scenario();
            current_ = {.name = std::string(text), .tags = std::exchange(tags_, {}), .steps = background_};
        } else if (take(text, "Examples:")) {
            examples_.push_back({std::exchange(tags_, {}), {}});
        } else if (take(text, "Given ") || take(text, "When ") || take(text, "Then ") || take(text, "And ")) {
            (in_background_ ? background_ : current_.steps).push_back({std::string(text), {}});
        }
    }

    void tags(std::string_view text) {
        while (!text.empty()) {
            const auto space = std::min(text.find(' '), text.size());
            tags_.insert(std::string(text.substr(0, space)));
            text = trim(text.substr(space));
        }
    }

    void table_row(std::string_view text) {
        if (!examples_.empty())
            examples_.back().rows.push_back(cells(text));
        else
            current_.steps.back().table.push_back(cells(text));
    }

    static std::string filled(std::string text, const Row& names, const Row& values) {
        for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
            const std::string place = "<" + names[i] + ">";
            for (auto at = text.find(place); at != std::string::npos;
                 at = text.find(place, at + values[i].size()))
                text.replace(at, place.size(), values[i]);
        }
        return text;
    }

    void end_scenario() {
        in_background_ = false;
        if (current_.name.empty()) return;
        current_.tags.insert(feature_tags_.begin(), feature_tags_.end());
        if (examples_.empty()) scenarios_.push_back(current_);
        for (const auto& examples : examples_) {
            for (std::size_t i = 1; i < examples.rows.size(); ++i) {
                Scenario filled_in = current_;
                filled_in.tags.insert(examples.tags.begin(), examples.tags.end());
                for (auto& step : filled_in.steps)
                    step.text = filled(step.text, examples.rows[0], examples.rows[i]);
                scenarios_.push_back(std::move(filled_in));
            }
        }
        examples_.clear();
        current_ = {};
    }

    std::vector<Scenario> scenarios_;
    std::set<std::string> feature_tags_, tags_;
    std::vector<Step> background_;
    Scenario current_;
    std::vector<Examples> examples_;
    bool in_background_ = false;
};

}  // namespace mortise::flags::test
