#pragma once

#include "mortise/call.hpp"

#include <cstddef>

// One function for each route of plugin.cpp: decode, domain, encode.
namespace milestones {

using mortise::sdk::Call;
using mortise::sdk::Response;

inline constexpr std::size_t kMaxJsonBody = 256 * 1024;  // bytes, like the one below
inline constexpr std::size_t kMaxCsvBody = 32 * 1024 * 1024;

Response list_milestones(Call& call);
Response create_milestone(Call& call);
Response read_milestone(Call& call);
Response change_milestone(Call& call);
Response delete_milestone(Call& call);
Response complete_milestone(Call& call);
Response cancel_milestone(Call& call);
Response reopen_milestone(Call& call);
Response list_children(Call& call);
Response list_dependencies(Call& call);
Response list_dependants(Call& call);
Response add_dependency(Call& call);
Response remove_dependency(Call& call);

Response import_milestones(Call& call);
Response export_milestones(Call& call);

}  // namespace milestones
