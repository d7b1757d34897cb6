#include "core/licensing/time_state.hpp"

#include "core/base/file.hpp"
#include "core/licensing/document_repository.hpp"

namespace mortise::licensing {
namespace {

constexpr std::size_t kMaxFileBytes = 1024;

}  // namespace

void TimeState::merge(std::string_view sealed, std::string_view where) {
    if (sealed.ends_with('\n')) sealed.remove_suffix(1);
    if (sealed.empty()) return;
    if (const auto mark = licenses::TimeMark::open(sealed, secret_)) return time_.merge(*mark);
    log_.warn("the mark of time was altered, or is another installation's, and is left out",
              {{"where", where}});
}

base::Status TimeState::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(const std::string row, repository::time_mark(unit));
    merge(row, "core.db");
    std::error_code error;
    if (!std::filesystem::exists(file_, error)) return {};
    if (const auto text = base::read_file(file_, kMaxFileBytes); text.ok())
        merge(*text, file_.string());
    else
        log_.warn("the mark of time can't be read", {{"reason", std::string_view(text.error().detail)}});
    return {};
}

base::Status TimeState::save(storage::Unit& unit) {
    time_.tick();
    MORTISE_TRY_ASSIGN(const std::string row, repository::time_mark(unit));
    merge(row, "core.db");
    const std::string sealed = time_.seal(secret_);
    MORTISE_TRY(repository::keep_time_mark(unit, sealed));
    return base::write_file(file_, sealed + "\n", 0600);
}

}  // namespace mortise::licensing
