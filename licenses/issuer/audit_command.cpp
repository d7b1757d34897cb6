#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/ledger.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct AuditOptions : Common {
    std::string expect;
    std::int64_t after = 0;
};

void run_verify(const AuditOptions& options) {
    Home home(options.home, unix_time());
    const AuditVerdict verdict = verify_audit(home.ledger(), options.expect);
    if (!verdict.intact) throw Failure("audit_broken", verdict.detail);
    print(options.json,
          "Intact: " + std::to_string(verdict.entries) +
              " entries. The last one's hash, to be noted elsewhere:\n" + verdict.head,
          to_text({{"intact", true}, {"entries", verdict.entries}, {"head", verdict.head}}));
}

void run_list(const AuditOptions& options) {
    Home home(options.home, unix_time());
    nlohmann::json items = nlohmann::json::array();
    std::string text;
    home.ledger().each_audit(options.after, [&](const AuditEntry& entry) {
        text += (text.empty() ? "" : "\n") + std::to_string(entry.position) + "  " +
                licenses::format_time(entry.at) + "  " + entry.actor + "  " + entry.action + "  " +
                entry.subject;
        items.push_back({{"position", entry.position},
                         {"at", licenses::format_time(entry.at)},
                         {"actor", entry.actor},
                         {"action", entry.action},
                         {"subject", entry.subject},
                         {"detail", nlohmann::json::parse(entry.detail, nullptr, false)}});
    });
    print(options.json, text, to_text({{"items", std::move(items)}}));
}

}  // namespace

void add_audit(CLI::App& app) {
    CLI::App* group = app.add_subcommand("audit", "The ledger's audit trail");
    group->require_subcommand(1);
    group->footer("Example:\n  mortise-license audit verify --home vendor");

    auto verify = std::make_shared<AuditOptions>();
    CLI::App* verify_command =
        group->add_subcommand("verify", "Check the chain, and the licences against it");
    add_common(*verify_command, *verify, 0);
    verify_command->add_option("--expect", verify->expect,
                               "A hash noted earlier, which the trail must contain");
    verify_command->footer("Example:\n  mortise-license audit verify --home vendor");
    verify_command->callback([verify] { run_verify(*verify); });

    auto list = std::make_shared<AuditOptions>();
    CLI::App* list_command = group->add_subcommand("list", "Show what was done");
    add_common(*list_command, *list, 0);
    list_command->add_option("--after", list->after, "Only entries after this position");
    list_command->footer("Example:\n  mortise-license audit list --home vendor");
    list_command->callback([list] { run_list(*list); });
}

}  // namespace mortise::issuer
