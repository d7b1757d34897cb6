#pragma once

#include "dmn/explanation.hpp"
#include "feel/evaluation.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rules::dmn {

// Collects the explanation of one evaluation, up to a limit: what a loop calls ten thousand times explains
// nothing any more. Functions that outlive the evaluation keep it; closed, it is only read, so that they may
// be called on several threads.
class Recorder {
 public:
    explicit Recorder(std::size_t max_entries) : entries_left_(max_entries) {}

    // A node begins; what is noted and which tables are evaluated until its end is its own, unless another
    // begins and ends between.
    void begin(const feel::Evaluation& evaluation) {
        if (closed_) return;
        take_notes(evaluation);
        open_.push_back({{}, {}, std::chrono::steady_clock::now()});
    }

    void end(NodeTrace node, const feel::Evaluation& evaluation) {
        if (closed_) return;
        take_notes(evaluation);
        Open open = std::move(open_.back());
        open_.pop_back();
        if (!take()) return;
        node.notes = std::move(open.notes);
        node.tables = std::move(open.tables);
        node.took = std::chrono::steady_clock::now() - open.begin;
        explanation_.nodes.push_back(std::move(node));
    }

    void table(TableTrace table) {
        if (!closed_ && !open_.empty() && take()) open_.back().tables.push_back(std::move(table));
    }

    void missing(std::string name) {
        if (!closed_ && take()) explanation_.missing_inputs.push_back(std::move(name));
    }

    Explanation close() {
        closed_ = true;
        return std::move(explanation_);
    }

 private:
    struct Open {
        std::vector<std::string> notes;
        std::vector<TableTrace> tables;
        std::chrono::steady_clock::time_point begin;
    };

    // Gives what was noted since the last call to the node that is evaluated.
    void take_notes(const feel::Evaluation& evaluation) {
        const auto& notes = evaluation.notes();
        for (; taken_ < notes.size(); ++taken_)
            if (!open_.empty()) open_.back().notes.push_back(notes[taken_]);
    }

    bool take() {
        explanation_.complete = explanation_.complete && entries_left_ > 0;
        if (entries_left_ == 0) return false;
        --entries_left_;
        return true;
    }

    bool closed_ = false;
    std::size_t entries_left_;
    std::size_t taken_ = 0;  // notes of the evaluation
    std::vector<Open> open_;
    Explanation explanation_;
};

}  // namespace rules::dmn
