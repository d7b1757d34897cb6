#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rules::tables {

// One thing that is wrong with what was given. `where` is a JSON pointer, a cell as spreadsheets name it
// (`C7`), or the id of an element of the model; empty for the whole. `code` is stable, `reason` a sentence
// for people.
struct Fault {
    std::string where;
    std::string code;
    std::string reason;
};

// The first so many faults, and whether there were more.
class Faults {
 public:
    explicit Faults(std::size_t most = 1'000) : most_(most) {}

    void add(std::string where, std::string code, std::string reason) {
        if (list_.size() < most_)
            list_.push_back({std::move(where), std::move(code), std::move(reason)});
        else
            complete_ = false;
    }

    bool empty() const { return list_.empty(); }
    std::size_t size() const { return list_.size(); }
    auto begin() const { return list_.begin(); }
    auto end() const { return list_.end(); }
    const Fault& operator[](std::size_t at) const { return list_[at]; }
    bool complete() const { return complete_; }

 private:
    std::size_t most_;
    std::vector<Fault> list_;
    bool complete_ = true;
};

}  // namespace rules::tables
