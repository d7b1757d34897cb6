#include "mortise/sql.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace mortise::sdk {
namespace {

// A row of every type, written by hand from the rules beside mortise_sql_1.run.
const std::string kRow = std::string("\x00", 1) +                                  // null
                         std::string("\x01\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9) +  // -2
                         std::string("\x02\x00\x00\x00\x00\x00\x00\xF8\x3F", 9) +  // 1.5
                         std::string(
                             "\x03\x03\x00\x00\x00"
                             "abc",
                             8) +                                          // text
                         std::string("\x04\x02\x00\x00\x00\x00\xFF", 7) +  // bytes
                         std::string("\x05") +
                         "0123456789abcdef" +         // uuid
                         std::string("\x06\x01", 2);  // bool

TEST(RowReader, ReadsEveryType) {
    RowReader reader(7);
    int rows = 0;
    reader.read(kRow + kRow, [&](const Row& row) {
        ++rows;
        EXPECT_TRUE(row.is_null(0));
        EXPECT_EQ(row.maybe_text(0), std::nullopt);
        EXPECT_EQ(row.integer(1), -2);
        EXPECT_EQ(row.real(2), 1.5);
        EXPECT_EQ(row.text(3), "abc");
        EXPECT_EQ(row.bytes(4), std::string_view("\x00\xFF", 2));
        EXPECT_EQ(row.uuid(5).bytes[0], '0');
        EXPECT_TRUE(row.boolean(6));
        EXPECT_THROW(row.text(1), PluginFault) << "another type";
        EXPECT_THROW(row.integer(0), PluginFault) << "null";
        EXPECT_THROW(row.is_null(7), PluginFault) << "beyond the last";
    });
    EXPECT_EQ(rows, 2);
}

TEST(RowReader, EveryTruncationIsRefused) {
    const std::string batch = kRow + kRow;
    for (std::size_t size = 0; size < batch.size(); ++size) {
        RowReader reader(7);
        std::size_t rows = 0;
        const auto read = [&] {
            reader.read(std::string_view(batch).substr(0, size), [&](const Row&) { ++rows; });
        };
        if (size % kRow.size() == 0)
            EXPECT_NO_THROW(read());
        else
            EXPECT_THROW(read(), HostFault) << size;
        EXPECT_EQ(rows, size / kRow.size());
    }
}

TEST(RowReader, EveryChangedByteIsReadOrRefused) {
    for (std::size_t i = 0; i < kRow.size(); ++i)
        for (unsigned value = 0; value < 256; ++value) {
            std::string batch = kRow;
            batch[i] = static_cast<char>(value);
            RowReader reader(7);
            try {
                reader.read(batch, [](const Row& row) { EXPECT_EQ(row.size(), 7U); });
            } catch (const HostFault&) {
            }
        }
}

TEST(RowReader, LengthsBeyondTheBatchAreRefused) {
    RowReader reader(1);
    EXPECT_THROW(reader.read(std::string("\x03\xFF\xFF\xFF\xFFx", 6), [](const Row&) {}), HostFault);
    EXPECT_THROW(reader.read(std::string("\x07", 1), [](const Row&) {}), HostFault);
    RowReader none(0);
    EXPECT_THROW(none.read(kRow, [](const Row&) {}), PluginFault);
}

// A sql table that keeps what it was given, and sends what it is told to.
struct FakeSql {
    mortise_sql_1 table{sizeof(mortise_sql_1), 0, run};
    mortise_status status = MORTISE_OK;
    std::vector<std::string> batches;
    std::vector<mortise_value> values;
    std::string name;

    static mortise_status run(const mortise_sql_1* table, mortise_call, mortise_text name,
                              const mortise_value* values, std::uint64_t count, const mortise_sink* sink,
                              std::int64_t* changed) {
        auto& self = *reinterpret_cast<FakeSql*>(const_cast<mortise_sql_1*>(table));
        self.name = view(name);
        self.values.assign(values, values + count);
        for (const std::string& batch : self.batches)
            if (sink->push(sink->context, reinterpret_cast<const std::uint8_t*>(batch.data()),
                           batch.size()) != MORTISE_OK)
                return MORTISE_E_STOPPED;
        *changed = 3;
        return self.status;
    }
};

TEST(Sql, SendsEachTypeOfParameter) {
    FakeSql fake;
    const Sql sql(fake.table, 1);
    const std::optional<std::string> none;
    const std::string text = "text";
    EXPECT_EQ(sql.run({"name"}, {nullptr, 5, 2.5, text, Bytes{"b"}, Uuid{}, true, none,
                                 std::optional(std::int64_t{7})}),
              3);
    std::vector<std::uint32_t> types;
    for (const mortise_value& value : fake.values)
        types.push_back(value.type);
    EXPECT_EQ(types, (std::vector<std::uint32_t>{MORTISE_VALUE_NULL, MORTISE_VALUE_INT, MORTISE_VALUE_REAL,
                                                 MORTISE_VALUE_TEXT, MORTISE_VALUE_BYTES, MORTISE_VALUE_UUID,
                                                 MORTISE_VALUE_BOOL, MORTISE_VALUE_NULL, MORTISE_VALUE_INT}));
    EXPECT_EQ(fake.name, "name");
    EXPECT_EQ(fake.values[8].as.integer, 7);
}

TEST(Sql, MapsRowsOfSeveralBatches) {
    FakeSql fake;
    fake.batches = {kRow, kRow + kRow};
    const Sql sql(fake.table, 1);
    const auto text = [](const Row& row) { return std::string(row.text(3)); };
    EXPECT_EQ(sql.all({"q", 7}, {}, text).size(), 3U);
    EXPECT_EQ(sql.one({"q", 7}, {}, text), "abc");
    fake.batches.clear();
    EXPECT_EQ(sql.one({"q", 7}, {}, text), std::nullopt);
}

TEST(Sql, ExceptionsOfTheMappingComeOut) {
    FakeSql fake;
    fake.batches = {kRow};
    const Sql sql(fake.table, 1);
    EXPECT_THROW(sql.each({"q", 7}, {}, [](const Row&) { throw std::string("mine"); }), std::string);
    fake.batches = {kRow.substr(1)};
    EXPECT_THROW(sql.each({"q", 7}, {}, [](const Row&) {}), HostFault);
}

TEST(Sql, StatusesAreTyped) {
    FakeSql fake;
    const Sql sql(fake.table, 1);
    fake.status = MORTISE_E_UNIQUE;
    EXPECT_THROW(sql.run({"q"}, {}), UniqueViolation);
    fake.status = MORTISE_E_FOREIGN_KEY;
    EXPECT_THROW(sql.run({"q"}, {}), ForeignKeyViolation);
    fake.status = MORTISE_E_CHECK;
    EXPECT_THROW(sql.run({"q"}, {}), CheckViolation);
    fake.status = MORTISE_E_BUSY;
    EXPECT_THROW(sql.run({"q"}, {}), Busy);
    fake.status = MORTISE_E_TIMEOUT;
    try {
        sql.run({"q"}, {});
        FAIL();
    } catch (const ServiceError& error) {
        EXPECT_EQ(error.status(), MORTISE_E_TIMEOUT);
    }
}

}  // namespace
}  // namespace mortise::sdk
