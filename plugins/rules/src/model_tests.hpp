#pragma once

#include "dmn/engine.hpp"
#include "model.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// The tests that are kept with a version: what decisions must give for given inputs.
namespace rules {

struct ModelTest {
    std::string name;
    std::string element;  // a decision's or a decision service's name or id
    bool is_service = false;
    std::string context;   // a JSON object
    std::string expected;  // JSON
};

// Reads a JSON array of {"name", "decision" or "decision_service", "context", "expected"}. Throws 400
// `invalid_tests` with all faults, whose pointers begin with `pointer`.
std::vector<ModelTest> decode_tests(std::string_view json, std::string_view pointer = "");

struct TestResult {
    std::string name;
    bool passed = false;
    std::string reason;  // why not
    std::string actual;  // JSON, tagged; empty if there is none
};

// A rule of a decision table: the element that holds the table, the table's id, and its row from 1.
struct RuleKey {
    std::string holder;
    std::string table;
    std::uint32_t number = 0;

    auto operator<=>(const RuleKey&) const = default;
};

struct TestRun {
    std::vector<TestResult> results;
    std::set<RuleKey> hit;

    bool passed() const;
};

struct TestLimits {
    feel::Limits evaluation = {};               // of one test, but for its deadline
    std::int64_t milliseconds = 1'000;          // of one test
    std::chrono::steady_clock::time_point end;  // of all: what comes later fails as not run
};

TestRun run_tests(const dmn::Model& model, const std::vector<ModelTest>& tests, const TestLimits& limits);

// Every rule of the files' decision tables, with its id where it has one.
std::map<RuleKey, std::string> rules_of(const std::vector<SourceFile>& files);

// {"passed", "failed", "results": […], "coverage": {"rules", "hit", "missed": […]}}
std::string to_json(const TestRun& run, const std::map<RuleKey, std::string>& rules);
// Of the failed results alone, as a problem's errors.
std::string failures_to_json(const TestRun& run);

}  // namespace rules
