#pragma once

#include "dmn/engine.hpp"
#include "model.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rules {

// Compiles a version's files, the first of which is the model.
dmn::Compilation compile_files(const std::vector<SourceFile>& files);

// Answers 422 `invalid_model` with every fault if one of them is an error.
void refuse_faults(const dmn::Faults& faults, const std::vector<SourceFile>& files);
// The faults as a JSON array: pointer (of the file), severity, file, element_id, line, code, detail.
std::string faults_to_json(const dmn::Faults& faults, const std::vector<SourceFile>& files);

// What is valid but deserves a look.
struct Warning {
    std::string code;
    std::string element_id = {};  // empty where it is about none
    std::string file = {};
    std::uint32_t line = 0;  // 0: unknown
    std::string detail;
};

std::vector<Warning> warnings_of(const dmn::Faults& faults);

// A version ready to be evaluated.
struct CompiledVersion {
    mortise::sdk::Uuid model_id;
    std::string model_key;
    std::int64_t version = 0;
    std::shared_ptr<const dmn::Model> model;  // never null
};

}  // namespace rules
