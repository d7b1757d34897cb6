#pragma once

#include "licenses/issuer/terms.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace mortise::issuer {

// The options that say what stands in a licence.
struct TermsOptions {
    std::string subject, plan, model, not_before, not_after, maintained_until, refresh_by, id, price, note,
        bind;
    std::vector<std::string> plugins, grants, features, products, limits, soft;
    std::uint64_t days = 0, sequence = 0, grace_days = 0, refresh_days = 0;
    CLI::Option *days_given = nullptr, *sequence_given = nullptr, *grace_given = nullptr,
                *refresh_given = nullptr;
    std::filesystem::path file, catalogue;
};

// Of a licence: its period, its contents.
void add_terms_options(CLI::App& command, TermsOptions& options);

// A catalogue and a file in the home's or the given place, then the options over them. The plan's terms count
// below what the file and the options say.
Terms read_terms_options(const TermsOptions& options, const Catalogue& catalogue);
// plans.toml of the home, or the file that --catalogue names.
Catalogue catalogue_of(const TermsOptions& options, const std::filesystem::path& home);
// The terms over those of their plan; a catalogue that has plans must have this one.
Terms with_plan(const Terms& terms, const Catalogue& catalogue);
// The options alone.
Terms terms_of_options(const TermsOptions& options);

// The same by name and text, for the columns of a list: "sub", "limits" ("users=10;
// seats=5,kind=seats,lease=15m"), and so on. Empty texts say nothing.
void set_term(Terms& terms, std::string_view name, const std::string& value, std::string_view where);
bool is_term(std::string_view name);

}  // namespace mortise::issuer
