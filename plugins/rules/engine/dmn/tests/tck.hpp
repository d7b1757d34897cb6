#pragma once

#include "feel/value.hpp"

#include <filesystem>
#include <string>
#include <vector>

// The cases of the DMN Technology Compatibility Kit (github.com/dmn-tck/tck).
namespace rules::dmn::tck {

struct Expectation {
    std::string node;
    feel::Value value;  // null where the case expects an error
};

enum class Subject { kDecision, kKnowledge, kService };

struct Case {
    std::string id;
    Subject subject = Subject::kDecision;
    std::string invocable;  // of a service or a knowledge model
    feel::Value inputs;     // a context
    std::vector<Expectation> expectations;

    bool expects_only_null() const;
};

struct CaseFile {
    std::filesystem::path model;
    std::vector<Case> cases;
};

// Throws std::runtime_error if the file can't be read.
CaseFile read_cases(const std::filesystem::path& file);

std::string read_file(const std::filesystem::path& file);

// As the kit compares: numbers to eight decimals, all else exactly.
bool same(const feel::Value& expected, const feel::Value& got);

}  // namespace rules::dmn::tck
