#include "core/storage/judge_format.hpp"

#include "core/base/text.hpp"

#include <utility>

namespace mortise::storage {
namespace {

void put(std::string& out, std::string_view text) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        out += static_cast<char>((text.size() >> shift) & 0xffU);
    out += text;
}

void put(std::string& out, std::size_t number) {
    put(out, std::string_view(std::to_string(number)));
}

// Takes texts off the front; after the first that is cut off, `good` is false and all that follow are empty.
class Reader {
 public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}

    std::string text() {
        std::size_t size = 0;
        if (good_ && left_.size() >= 4) {
            for (std::size_t i = 0; i < 4; ++i)
                size |= static_cast<std::size_t>(static_cast<unsigned char>(left_[i])) << (8 * i);
            left_.remove_prefix(4);
            if (size <= left_.size()) {
                std::string taken(left_.substr(0, size));
                left_.remove_prefix(size);
                return taken;
            }
        }
        good_ = false;
        return {};
    }
    std::size_t number() {
        const auto value = base::parse_u64(text());
        if (!value) good_ = false;
        return value.value_or(0);
    }
    bool good() const { return good_; }
    bool at_end() const { return good_ && left_.empty(); }

 private:
    std::string_view left_;
    bool good_ = true;
};

}  // namespace

std::string write_package(const JudgedPackage& package) {
    std::string out;
    put(out, package.owner);
    put(out, static_cast<std::size_t>(package.engine));
    put(out, package.migrations.size());
    for (const auto& step : package.migrations) {
        put(out, step.name);
        put(out, step.sql);
    }
    put(out, package.statements.size());
    for (const auto& statement : package.statements) {
        put(out, statement.name);
        put(out, statement.sql);
        put(out, statement.parameters);
        put(out, statement.columns);
    }
    return out;
}

base::Result<JudgedPackage> read_package(std::string_view bytes) {
    Reader reader(bytes);
    JudgedPackage package;
    package.owner = reader.text();
    package.engine = reader.number() == 0 ? Engine::kSqlite : Engine::kPostgresql;
    for (auto left = reader.number(); left > 0 && reader.good(); --left) {
        Migration step{static_cast<std::uint32_t>(package.migrations.size() + 1), reader.text(), {}};
        step.sql = reader.text();
        package.migrations.push_back(std::move(step));
    }
    for (auto left = reader.number(); left > 0 && reader.good(); --left) {
        JudgedStatement statement{reader.text(), {}, 0, 0};
        statement.sql = reader.text();
        statement.parameters = reader.number();
        statement.columns = reader.number();
        package.statements.push_back(std::move(statement));
    }
    if (!reader.at_end()) return sql_refused("the package did not arrive whole");
    return package;
}

base::Error sql_refused(std::string text) {
    return {base::ErrorKind::kInvalid, "sql_refused", std::move(text)};
}

base::Error sql_refused(std::string_view where, std::string_view why) {
    return sql_refused(std::string(where) + ": " + std::string(why));
}

}  // namespace mortise::storage
