#include "core/storage/postgres_codec.hpp"

#include <bit>
#include <string_view>

namespace mortise::storage {
namespace {

// From PostgreSQL's pg_type.dat; these never change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kName = 19;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kTextOid = 25;
constexpr Oid kFloat8 = 701;
constexpr Oid kVarchar = 1043;
constexpr Oid kUuidOid = 2950;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes)
        value = (value << 8) | static_cast<unsigned char>(byte);
    return value;
}

bool decode_integer(std::string_view bytes, Oid oid, Value& out) {
    const auto raw = big_endian(bytes);
    if (oid == kInt8)
        out = static_cast<std::int64_t>(raw);
    else if (oid == kInt4)
        out = std::int64_t{static_cast<std::int32_t>(raw)};
    else if (oid == kInt2)
        out = std::int64_t{static_cast<std::int16_t>(raw)};
    else
        return false;
    return true;
}

bool decode_uuid(std::string_view bytes, Value& out) {
    const auto uuid = base::Uuid::from_bytes(bytes);
    if (uuid) out = *uuid;
    return uuid.has_value();
}

}  // namespace

PostgresParameters::PostgresParameters(std::span<const Value> values) {
    for (const auto& value : values) {
        if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            add_integer(static_cast<std::uint64_t>(*integer));
        } else if (const auto* real = std::get_if<double>(&value)) {
            add_integer(std::bit_cast<std::uint64_t>(*real));
        } else if (const auto* boolean = std::get_if<bool>(&value)) {
            pointers_.push_back(*boolean ? "\1" : "\0");
            lengths_.push_back(1);
        } else {
            std::string_view data;
            if (const auto* text = std::get_if<std::string_view>(&value)) data = *text;
            if (const auto* bytes = std::get_if<Bytes>(&value)) data = bytes->data;
            if (const auto* uuid = std::get_if<base::Uuid>(&value)) data = uuid->as_bytes();
            const bool null = std::holds_alternative<Null>(value);
            // A null pointer would send NULL, also for an empty text.
            pointers_.push_back(null ? nullptr : data.empty() ? "" : data.data());
            lengths_.push_back(static_cast<int>(data.size()));
        }
    }
    formats_.assign(pointers_.size(), 1);
}

void PostgresParameters::add_integer(std::uint64_t value) {
    auto& bytes = numbers_.emplace_back();
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(value >> (8 * (bytes.size() - 1 - i)));
    pointers_.push_back(bytes.data());
    lengths_.push_back(static_cast<int>(bytes.size()));
}

std::vector<Oid> parameter_types(const Statement& statement) {
    std::vector<Oid> types;
    for (const auto type : statement.parameters()) {
        switch (type) {
            case Type::kInteger:
            case Type::kTime:
                types.push_back(kInt8);
                break;
            case Type::kReal:
                types.push_back(kFloat8);
                break;
            case Type::kText:
                types.push_back(kTextOid);
                break;
            case Type::kBytes:
                types.push_back(kBytea);
                break;
            case Type::kUuid:
                types.push_back(kUuidOid);
                break;
            case Type::kBoolean:
                types.push_back(kBool);
                break;
        }
    }
    return types;
}

bool decode_field(const PGresult* result, int row, int column, Type type, Value& out) {
    if (PQgetisnull(result, row, column) != 0) {
        out = Null{};
        return true;
    }
    const std::string_view bytes(PQgetvalue(result, row, column),
                                 static_cast<std::size_t>(PQgetlength(result, row, column)));
    const Oid oid = PQftype(result, column);
    switch (type) {
        case Type::kInteger:
        case Type::kTime:
            return decode_integer(bytes, oid, out);
        case Type::kReal:
            out = std::bit_cast<double>(big_endian(bytes));
            return oid == kFloat8;
        case Type::kText:
            out = bytes;
            return oid == kTextOid || oid == kVarchar || oid == kName;
        case Type::kBytes:
            out = Bytes{bytes};
            return oid == kBytea;
        case Type::kUuid:
            return oid == kUuidOid && decode_uuid(bytes, out);
        case Type::kBoolean:
            out = bytes == std::string_view("\1", 1);
            return oid == kBool;
    }
    return false;
}

}  // namespace mortise::storage
