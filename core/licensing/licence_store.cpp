#include "core/licensing/licence_store.hpp"

#include <string>

namespace mortise::licensing {
namespace {

using base::Status;
using storage::Row;
using storage::Statement;
using storage::Type;

const Statement kFind{"licensing.find", "SELECT bundle FROM licence WHERE id = 1", {}, {Type::kText}};

const Statement kKeep{
    "licensing.keep",
    "INSERT INTO licence (id, bundle, installed_at) VALUES (1, $1, $2) "
    "ON CONFLICT (id) DO UPDATE SET bundle = excluded.bundle, installed_at = excluded.installed_at",
    {Type::kText, Type::kTime}};

}  // namespace

Status LicenceStore::install(storage::Unit& unit, std::string_view text) {
    MORTISE_TRY_ASSIGN(const std::string bundle, holder_.check(text, clock_.now()));
    MORTISE_TRY(unit.run(kKeep, {std::string_view(bundle), clock_.now()}));
    return tenancy::bump_snapshot(unit, kName);
}

Status LicenceStore::load(storage::Unit& unit) {
    std::string bundle;
    MORTISE_TRY(unit.run(kFind, {}, [&](const Row& row) {
        bundle = row.text(0);
        return false;
    }));
    if (bundle.empty()) return {};
    if (const Status installed = holder_.install(bundle, clock_.now()); !installed.ok())
        log_.error("the stored licence is not in force",
                   {{"code", std::string_view(installed.error().code)},
                    {"reason", std::string_view(installed.error().detail)}});
    return {};
}

}  // namespace mortise::licensing
