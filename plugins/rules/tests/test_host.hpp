#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

struct sqlite3;

namespace rules::test {

// What came back of a call.
struct Answer {
    mortise_status result = MORTISE_OK;
    std::uint32_t status = 0;
    std::map<std::string, std::string> headers;
    std::string body;
    nlohmann::json problem;  // code, detail, errors and further members; null if it is none

    nlohmann::json json() const { return nlohmann::json::parse(body); }
    std::string code() const {
        return problem.is_object() ? problem["code"].get<std::string>() : std::string();
    }
};

// The whole of a file; throws std::runtime_error if there is none.
std::string read_file(const std::string& path);

std::string text_of(mortise_text text);

using Headers = std::vector<std::pair<std::string, std::string>>;

// A host for tests of this plugin: the real entry and the real statements, over one SQLite database in
// memory. Like the real one it rolls back after a problem, and denies writing to routes that only read.
class TestHost {
 public:
    TestHost();
    ~TestHost();
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    // `target` is relative to the plugin's root, such as "/models?limit=2".
    Answer call(std::string_view method, std::string_view target, std::string body = {},
                const Headers& headers = {});
    Answer get(std::string_view target) { return call("GET", target); }
    Answer post(std::string_view target, const nlohmann::json& body) {
        return call("POST", target, body.dump());
    }

    // Has a method of rules.decisions/1 run for the plugin "caller".
    Answer serve(std::string_view method, const nlohmann::json& input);

    // Types and subjects of the events of the last call that was committed, as "model.published loan".
    const std::vector<std::string>& events() const noexcept { return events_; }
    // The number of statements that the last call ran.
    int statements() const noexcept { return statements_; }
    // The query plan of a statement, its first expansion.
    std::string explain(const std::string& name);

    std::int64_t now = 1'700'000'000'000'000;  // microseconds
    std::string settings = "{}";
    mortise_uuid actor{};  // who really calls; the principal is all zero

 private:
    struct Tables;
    friend struct Tables;
    void run_script(const std::string& sql);
    // In a unit of work of its own.
    template <typename Function>
    Answer run(std::string body, std::uint32_t access, Function function);

    sqlite3* database_ = nullptr;
    std::unique_ptr<Tables> tables_;
    void* instance_ = nullptr;
    std::vector<std::string> events_;
    int statements_ = 0;
};

}  // namespace rules::test
