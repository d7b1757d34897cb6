#include "model_compiler.hpp"

#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

}  // namespace

dmn::Compilation compile_files(const std::vector<SourceFile>& files) {
    std::vector<dmn::Source> sources;
    sources.reserve(files.size());
    for (const SourceFile& file : files)
        sources.push_back({file.name, file.xml});
    return dmn::compile(sources);
}

std::string faults_to_json(const dmn::Faults& faults, const std::vector<SourceFile>& files) {
    JsonWriter json;
    json.begin_array();
    for (const dmn::Fault& fault : faults) {
        const auto file = std::ranges::find(files, fault.source, &SourceFile::name);
        json.begin_object().member("pointer", file == files.end() ? std::string() : file->pointer);
        json.member("severity", fault.severity == dmn::Severity::kError ? "error" : "warning");
        json.member("file", fault.source).member("element_id", fault.element_id).member("line", fault.line);
        json.member("code", fault.code).member("detail", fault.reason).end_object();
    }
    return std::move(json.end_array()).text();
}

void refuse_faults(const dmn::Faults& faults, const std::vector<SourceFile>& files) {
    if (!faults.has_errors()) return;
    const std::string more = faults.complete() ? "" : " There are more than are listed.";
    throw Problem(422, "invalid_model", "The model has errors; see errors." + more)
        .with_errors_json(faults_to_json(faults, files));
}

std::vector<Warning> warnings_of(const dmn::Faults& faults) {
    std::vector<Warning> warnings;
    for (const dmn::Fault& fault : faults)
        if (fault.severity == dmn::Severity::kWarning)
            warnings.push_back({.code = fault.code,
                                .element_id = fault.element_id,
                                .file = fault.source,
                                .line = fault.line,
                                .detail = fault.reason});
    return warnings;
}

}  // namespace rules
