#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"

#include <algorithm>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;

int refuse(bool as_json, const std::string& code, const std::string& detail) {
    if (as_json)
        std::cout << nlohmann::json{{"error", {{"code", code}, {"detail", detail}}}}.dump(
                         -1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << '\n';
    else
        std::cerr << "mortise-license: " << detail << " (" << code << ")\n";
    return kRefused;
}

int run(int argc, char** argv) {
    CLI::App app("Issues and checks Mortise licences, offline.", "mortise-license");
    app.set_version_flag("--version", MORTISE_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 refused, 2 wrong usage. mortise-license COMMAND --help shows examples.");
    add_init(app);
    for (const auto add : {add_keyset,  add_root,     add_issue,  add_renew,  add_upgrade,  add_downgrade,
                           add_reissue, add_suspend,  add_resume, add_revoke, add_transfer, add_crl,
                           add_bundle,  add_activate, add_report, add_export, add_backup,   add_restore,
                           add_audit,   add_inspect,  add_verify, add_keygen, add_pubkey})
        add(app);
    const bool as_json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    try {
        app.parse(argc, argv);
        return 0;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    } catch (const Failure& failure) {
        return refuse(as_json, failure.code(), failure.what());
    } catch (const std::exception& error) {
        return refuse(as_json, "internal_error", error.what());
    }
}

}  // namespace
}  // namespace mortise::issuer

int main(int argc, char** argv) {
    return mortise::issuer::run(argc, argv);
}
