#include "core/licensing/installation.hpp"

#include "core/base/uuid.hpp"
#include "core/crypto/random.hpp"
#include "core/tenancy/rows.hpp"

#include <optional>
#include <utility>

namespace mortise::licensing {
namespace {

using storage::Bytes;
using storage::Statement;
using storage::Type;

constexpr std::size_t kSecretBytes = 32;

const Statement kFindInstallation{
    "licensing.installation",
    "SELECT installation_id, secret, signing_key FROM installation WHERE id = 1",
    {},
    {Type::kUuid, Type::kBytes, Type::kBytes}};
// Of two nodes that start at the same time, the first makes it.
const Statement kMakeInstallation{
    "licensing.make_installation",
    "INSERT INTO installation (id, installation_id, secret, signing_key, created_at) "
    "VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
    {Type::kUuid, Type::kBytes, Type::kBytes, Type::kTime}};

base::Result<Installation> read_installation(const storage::Row& row) {
    auto key = licenses::SecretKey::from_bytes(row.bytes(2));
    if (!key || row.bytes(1).size() != kSecretBytes)
        return base::internal_error("the installation's keys in core.db are damaged");
    return Installation{row.uuid(0).to_string(), std::string(row.bytes(1)), *std::move(key)};
}

base::Result<std::optional<Installation>> find_installation(storage::Unit& unit) {
    std::optional<base::Result<Installation>> found;
    MORTISE_TRY(unit.run(kFindInstallation, {}, [&](const storage::Row& row) {
        found.emplace(read_installation(row));
        return false;
    }));
    if (!found) return std::optional<Installation>();
    if (!found->ok()) return std::move(*found).error();
    return std::optional<Installation>(std::move(**found));
}

}  // namespace

base::Result<Installation> ensure_installation(storage::Unit& unit, const base::Clock& clock) {
    MORTISE_TRY_ASSIGN(auto present, find_installation(unit));
    if (present) return *std::move(present);
    const auto key = licenses::SecretKey::generate();
    const std::string secret = crypto::random_bytes(kSecretBytes);
    MORTISE_TRY(unit.run(kMakeInstallation,
                         {base::new_uuid(clock), Bytes{secret}, Bytes{key.reveal()}, clock.now()}));
    MORTISE_TRY_ASSIGN(auto made, find_installation(unit));
    if (!made) return base::internal_error("the installation could not be made in core.db");
    return *std::move(made);
}

}  // namespace mortise::licensing
