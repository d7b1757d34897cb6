#pragma once

#include "analysis/analysis.hpp"
#include "model_service.hpp"
#include "mortise/call.hpp"

#include <cstdint>
#include <string_view>

// What requests about one model have in common.
namespace rules {

// The model with its ETag.
mortise::sdk::Response answer(const ModelRecord& model, std::uint32_t status = 200);
// With `warnings`: those of the compilation and, if a report is given, those of the analysis.
mortise::sdk::Response answer(const ModelService::Outcome& outcome, std::uint32_t status = 200,
                              const analysis::Report* report = nullptr);

// 428 without the header.
std::string_view required_if_match(const mortise::sdk::Call& call);

// {version} in the path.
std::int64_t version_in_path(const mortise::sdk::Call& call);

// The parameter `version`: a number, or `latest`, which may be a draft. Without it the version in force at
// `as_of`.
VersionRecord chosen_version(const mortise::sdk::Call& call, const ModelService& service,
                             const ModelRecord& model);

// The same, but with neither parameter the latest one.
VersionRecord chosen_or_latest(const mortise::sdk::Call& call, const ModelService& service,
                               const ModelRecord& model);

}  // namespace rules
