// Runs the DMN Technology Compatibility Kit: all cases of the folder dmn-tck in MORTISE_CONFORMANCE.
#include "dmn/tests/tck.hpp"

#include "dmn/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace rules::dmn::tck {
namespace {

namespace fs = std::filesystem;

struct Tally {
    std::size_t cases = 0;
    std::size_t passed = 0;
    std::size_t with_value = 0;  // cases that expect something other than null
    std::size_t with_value_passed = 0;

    void count(bool pass, bool expects_value) {
        ++cases;
        passed += pass ? 1 : 0;
        with_value += expects_value ? 1 : 0;
        with_value_passed += pass && expects_value ? 1 : 0;
    }
};

// The model and, for its imports, the other models of its folder.
Compilation compile_model(const fs::path& model) {
    std::vector<fs::path> files = {model};
    for (const auto& entry : fs::directory_iterator(model.parent_path()))
        if (entry.path().extension() == ".dmn" && entry.path() != model) files.push_back(entry.path());
    std::vector<std::string> texts;
    for (const fs::path& file : files)
        texts.push_back(read_file(file));
    std::vector<Source> sources;
    for (std::size_t i = 0; i < files.size(); ++i)
        sources.push_back({files[i].filename(), texts[i]});
    return compile(sources);
}

struct Answer {
    feel::Value value;
    std::vector<std::string> notes;
};

Answer run(const Model& model, const Case& test, const std::string& result_name) {
    const bool direct = test.subject == Subject::kDecision;
    const NodeKind kind = test.subject == Subject::kService     ? NodeKind::kService
                          : test.subject == Subject::kKnowledge ? NodeKind::kKnowledge
                                                                : NodeKind::kDecision;
    const auto index = model.find(kind, direct ? result_name : test.invocable);
    if (!index) {
        ADD_FAILURE() << test.id << ": nothing is called " << result_name;
        return {};
    }
    feel::Limits limits;
    limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    feel::Evaluation evaluation(limits);
    evaluation.keep_notes(true);
    feel::Value value = model.evaluate(*index, test.inputs, evaluation).value;
    EXPECT_FALSE(evaluation.exceeded()) << test.id << ": " << evaluation.exceeded_reason();
    // A service with several outputs gives them in a context.
    const bool several = test.subject == Subject::kService && value.is_context();
    const feel::Value* part = several ? value.as_context().find(result_name) : nullptr;
    return {part != nullptr ? *part : value, evaluation.notes()};
}

bool passes(const Model& model, const Case& test, const std::string& where) {
    bool pass = true;
    for (const Expectation& expectation : test.expectations) {
        const Answer got = run(model, test, expectation.node);
        if (same(expectation.value, got.value)) continue;
        pass = false;
        ADD_FAILURE() << where << " case " << test.id << ", " << expectation.node << ": expected "
                      << to_string(expectation.value) << ", got " << to_string(got.value)
                      << "; notes: " << ::testing::PrintToString(got.notes);
    }
    return pass;
}

void run_file(const fs::path& file, Tally& tally) {
    const CaseFile cases = read_cases(file);
    const Compilation compilation = compile_model(cases.model);
    ASSERT_NE(compilation.model, nullptr) << cases.model << ": " << compilation.faults[0].reason;
    for (const Case& test : cases.cases)
        tally.count(passes(*compilation.model, test, file.filename()), !test.expects_only_null());
}

std::vector<fs::path> case_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".xml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

TEST(Tck, AllCasesPass) {
    const char* given = std::getenv("MORTISE_CONFORMANCE");
    const fs::path folder = fs::path(given != nullptr ? given : "") / "dmn-tck";
    if (!fs::is_directory(folder)) {
        const char* ci = std::getenv("CI");
        const std::string message =
            "MORTISE_CONFORMANCE names no folder with dmn-tck, the TestCases of github.com/dmn-tck/tck";
        if (ci != nullptr && std::string_view(ci) == "true") FAIL() << message;
        GTEST_SKIP() << message;
    }
    Tally tally;
    for (const fs::path& file : case_files(folder)) {
        try {
            run_file(file, tally);
        } catch (const std::exception& error) {
            ADD_FAILURE() << file << ": " << error.what();
        }
    }
    std::cout << "DMN TCK: " << tally.passed << " of " << tally.cases << " cases pass; of those that expect "
              << "something other than null: " << tally.with_value_passed << " of " << tally.with_value
              << '\n';
    EXPECT_GT(tally.cases, 0U);
    EXPECT_EQ(tally.passed, tally.cases);
}

}  // namespace
}  // namespace rules::dmn::tck
