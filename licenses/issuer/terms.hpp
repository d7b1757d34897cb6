#pragma once

#include "licenses/document/licence.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

// What is to stand in a licence, as far as it is said: by a plan of the catalogue, a TOML file, a row of a
// list, or options. A later one says more and says otherwise (overlay()).
struct Terms {
    std::optional<std::string> subject, plan, price, note, id;
    std::optional<licenses::Model> model;
    std::optional<licenses::Seconds> not_before, not_after, maintained_until, refresh_by;
    std::optional<licenses::Seconds> duration;  // from not_before to the end
    std::optional<licenses::Seconds> grace;
    std::optional<licenses::Seconds> maintenance;  // from not_before to the end of maintenance
    std::optional<licenses::Seconds> refresh;      // from the issue to refresh_by
    std::optional<std::vector<std::string>> products, features;
    std::optional<std::map<std::string, licenses::PluginGrant, std::less<>>> plugins;
    std::map<std::string, licenses::Limit, std::less<>> limits;  // each by itself
    std::vector<std::string> soft;                               // limits that may be exceeded
    std::optional<bool> by_activation;
    std::optional<std::uint64_t> sequence;
};

// `above` where it says something, else `below`; limits by name.
Terms overlay(Terms below, const Terms& above);

// Failure `bad_option` naming `where`, for everything that is misspelt.
[[noreturn]] void bad_term(std::string_view where, std::string_view why);

// "15m", "12h", "7d", "1y" (365 days), or a number of seconds.
licenses::Seconds read_duration(std::string_view where, std::string_view text);
licenses::Seconds read_time_term(std::string_view where, std::string_view text);
licenses::Model read_model_term(std::string_view where, std::string_view text);

// "users=10", "seats=20,kind=seats,lease=15m,borrow=7d",
// "requests=1000000,kind=meter,per=month,overage=soft", "api=100,per_tenant=10,tenant:acme=50". Fails if the
// name is there already.
void read_limit_term(std::string_view where, std::string_view text,
                     std::map<std::string, licenses::Limit, std::less<>>& out);
// "rules" or "rules,exp=2027-06-01T00:00:00Z,from=1.2.0,below=3.0.0".
void read_grant_term(std::string_view where, std::string_view text,
                     std::map<std::string, licenses::PluginGrant, std::less<>>& out);
// What is between the separators, empty pieces left out.
std::vector<std::string> split_list(std::string_view text, std::string_view separators);

// A licence as a TOML file says it.
Terms read_licence_file(const std::filesystem::path& file);

// The plans of a catalogue by name; none if the file isn't there.
using Catalogue = std::map<std::string, Terms, std::less<>>;
Catalogue read_catalogue(const std::filesystem::path& file);

// The licence that the terms make, issued at `now` by `issuer`; `sequence` counts unless the terms say one.
// Doesn't set id and line. Fails with `bad_option` for what is missing or doesn't go together.
licenses::Licence make_licence(const Terms& terms, const std::string& issuer, licenses::Seconds now,
                               std::uint64_t sequence);

// Fails with `bad_claims` and so on for what a host would refuse.
void check_licence(const licenses::Licence& licence);

}  // namespace mortise::issuer
