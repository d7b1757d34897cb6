#include "model_compiler.hpp"

#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

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

std::string faults_to_json(const dmn::Faults& faults) {
    JsonWriter json;
    json.begin_array();
    for (const dmn::Fault& fault : faults) {
        json.begin_object();
        json.member("severity", fault.severity == dmn::Severity::kError ? "error" : "warning");
        json.member("file", fault.source).member("element_id", fault.element_id).member("line", fault.line);
        json.member("code", fault.code).member("detail", fault.reason).end_object();
    }
    return std::move(json.end_array()).text();
}

void refuse_faults(const dmn::Faults& faults) {
    if (!faults.has_errors()) return;
    const std::string more = faults.complete() ? "" : " There are more than are listed.";
    throw Problem(422, "invalid_model", "The model has errors; see errors." + more)
        .with_errors_json(faults_to_json(faults));
}

}  // namespace rules
