#include "core/host/worker_codec.hpp"

#include "mortise/abi/types.h"

#include <utility>

namespace mortise::host {
namespace {

struct ValueWriter {
    FrameWriter& out;

    void tag(int type) const { out.number(static_cast<std::uint8_t>(type)); }

    void operator()(storage::Null) const { tag(MORTISE_VALUE_NULL); }
    void operator()(std::int64_t value) const {
        tag(MORTISE_VALUE_INT);
        out.number(value);
    }
    void operator()(double value) const {
        tag(MORTISE_VALUE_REAL);
        out.number(value);
    }
    void operator()(std::string_view value) const {
        tag(MORTISE_VALUE_TEXT);
        out.text(value);
    }
    void operator()(storage::Bytes value) const {
        tag(MORTISE_VALUE_BYTES);
        out.text(value.data);
    }
    void operator()(const base::Uuid& value) const {
        tag(MORTISE_VALUE_UUID);
        out.uuid(value);
    }
    void operator()(bool value) const {
        tag(MORTISE_VALUE_BOOL);
        out.number(static_cast<std::uint8_t>(value));
    }
};

}  // namespace

FrameWriter& FrameWriter::pairs(const Pairs* values) {
    number(static_cast<std::uint32_t>(values == nullptr ? 0 : values->size()));
    if (values == nullptr) return *this;
    for (const auto& [name, value] : *values)
        text(name).text(value);
    return *this;
}

FrameWriter& FrameWriter::value(const storage::Value& value) {
    std::visit(ValueWriter{*this}, value);
    return *this;
}

std::string_view FrameReader::take(std::size_t size) {
    if (!good_ || size > rest_.size()) {
        good_ = false;
        return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
}

base::Uuid FrameReader::uuid() {
    return base::Uuid::from_bytes(take(sizeof(base::Uuid::bytes))).value_or(base::Uuid());
}

Pairs FrameReader::pairs(std::size_t most_pairs, std::size_t most_bytes) {
    Pairs pairs;
    const auto count = number<std::uint32_t>();
    if (count > most_pairs) good_ = false;
    for (std::uint32_t i = 0; i < count && good_; ++i) {
        const std::string_view name = text(most_bytes);
        const std::string_view value = text(most_bytes - name.size());
        most_bytes -= name.size() + value.size();
        if (good_) pairs.emplace_back(name, value);
    }
    return pairs;
}

storage::Value FrameReader::value(std::size_t most) {
    switch (number<std::uint8_t>()) {
        case MORTISE_VALUE_NULL:
            return storage::Null{};
        case MORTISE_VALUE_INT:
            return number<std::int64_t>();
        case MORTISE_VALUE_REAL:
            return number<double>();
        case MORTISE_VALUE_TEXT: {
            // A default view has a null pointer, which would be bound as NULL.
            const std::string_view value = text(most);
            return value.empty() ? std::string_view("") : value;
        }
        case MORTISE_VALUE_BYTES:
            return storage::Bytes{text(most)};
        case MORTISE_VALUE_UUID:
            return uuid();
        case MORTISE_VALUE_BOOL:
            return number_in<std::uint8_t>(0, 1) == 1;
        default:
            good_ = false;
            return storage::Null{};
    }
}

std::string_view FrameReader::rest(std::size_t most) {
    if (rest_.size() > most) good_ = false;
    return good_ ? std::exchange(rest_, {}) : std::string_view();
}

}  // namespace mortise::host
