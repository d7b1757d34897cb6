#include "core/host/row_batch.hpp"

#include <bit>
#include <cstring>

namespace mortise::host {
namespace {

void append_tag(std::string& out, int tag) {
    out += static_cast<char>(tag);
}

template <class Number>
void append_little_endian(std::string& out, Number number) {
    static_assert(std::endian::native == std::endian::little);
    char bytes[sizeof(Number)];
    std::memcpy(bytes, &number, sizeof(Number));
    out.append(bytes, sizeof(Number));
}

void append_run(std::string& out, int tag, std::string_view run) {
    append_tag(out, tag);
    append_little_endian(out, static_cast<std::uint32_t>(run.size()));
    out += run;
}

// One overload for each alternative of storage::Value.
struct Encoder {
    std::string& out;

    void operator()(storage::Null) const { append_tag(out, MORTISE_VALUE_NULL); }
    void operator()(std::int64_t value) const {
        append_tag(out, MORTISE_VALUE_INT);
        append_little_endian(out, value);
    }
    void operator()(double value) const {
        append_tag(out, MORTISE_VALUE_REAL);
        append_little_endian(out, value);
    }
    void operator()(std::string_view value) const { append_run(out, MORTISE_VALUE_TEXT, value); }
    void operator()(storage::Bytes value) const { append_run(out, MORTISE_VALUE_BYTES, value.data); }
    void operator()(const base::Uuid& value) const {
        append_tag(out, MORTISE_VALUE_UUID);
        out += value.as_bytes();
    }
    void operator()(bool value) const {
        append_tag(out, MORTISE_VALUE_BOOL);
        out += value ? '\1' : '\0';
    }
};

}  // namespace

bool RowBatch::add(const storage::Row& row) {
    const std::size_t before = bytes_.size();
    for (std::size_t i = 0; i < row.size(); ++i)
        std::visit(Encoder{bytes_}, row[i]);
    if (bytes_.size() - before > kMaxRowBytes) status_ = MORTISE_E_TOO_BIG;
    if (status_ != MORTISE_OK) return false;
    if (bytes_.size() <= MORTISE_BATCH_BYTES || before == 0) return true;
    const std::string last = bytes_.substr(before);
    bytes_.resize(before);
    push();
    bytes_ = last;
    return status_ == MORTISE_OK;
}

mortise_status RowBatch::finish() {
    if (status_ == MORTISE_OK && !bytes_.empty()) push();
    return status_ == MORTISE_E_STOPPED ? MORTISE_OK : status_;
}

void RowBatch::push() {
    status_ =
        sink_->push(sink_->context, reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size());
    bytes_.clear();
}

}  // namespace mortise::host
