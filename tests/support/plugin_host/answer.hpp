#pragma once

#include "mortise/abi/types.h"

#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::test {

// What came back of a call.
struct Answer {
    mortise_status result = MORTISE_OK;
    std::uint32_t status = 0;
    std::map<std::string, std::string> headers;
    std::string body;
    nlohmann::json problem;  // code, detail, errors and further members; null if it is none

    // Whether the host commits what the call has done.
    bool is_good() const noexcept { return result == MORTISE_OK && status < 400; }
    nlohmann::json json() const { return nlohmann::json::parse(body); }
    // The problem's, or empty.
    std::string code() const {
        return problem.is_object() ? problem["code"].get<std::string>() : std::string();
    }
};

}  // namespace mortise::test
