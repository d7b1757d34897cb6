#include "tables/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace rules::tables {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034B50;
constexpr std::uint32_t kDirectoryHeader = 0x02014B50;
constexpr std::uint32_t kEnd = 0x06054B50;
constexpr std::size_t kLocalHeaderSize = 30;
constexpr std::size_t kDirectoryHeaderSize = 46;
constexpr std::size_t kEndSize = 22;
// Of Microsoft's compound files: workbooks of Excel 97 to 2003, and those with a password.
constexpr std::string_view kCompoundFile = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
constexpr std::size_t kMaxComment = 0xFFFF;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kUtf8Names = 1U << 11U;
constexpr std::uint16_t kVersion = 20;
// 1980-01-01: the same content gives the same bytes.
constexpr std::uint16_t kDay = 0x21;
constexpr int kRawDeflate = -MAX_WBITS;

// Numbers are little-endian.
template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
    Number number = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        number = static_cast<Number>((number << 8U) | static_cast<unsigned char>(bytes[at + i]));
    return number;
}

template <class Number>
void append(std::string& out, Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        out += static_cast<char>((std::uint64_t{number} >> (8U * i)) & 0xFFU);
}

std::uint32_t checksum_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// zlib's stream takes the input by a pointer to what it doesn't change.
Bytef* input_of(std::string_view bytes) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

std::string deflated(std::string_view content) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string out(deflateBound(&stream, content.size()), '\0');
    stream.next_in = input_of(content);
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// None if the bytes don't give a text of exactly that size.
std::optional<std::string> inflated(std::string_view bytes, std::size_t size) {
    z_stream stream{};
    if (inflateInit2(&stream, kRawDeflate) != Z_OK) return std::nullopt;
    std::string out(size, '\0');
    Bytef nothing = 0;
    stream.next_in = input_of(bytes);
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.empty() ? &nothing : reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = result == Z_STREAM_END && stream.total_out == size;
    inflateEnd(&stream);
    if (!whole) return std::nullopt;
    return out;
}

// What local and central headers have in common, from the version that is needed to the length of extra
// fields.
void append_common(std::string& out, std::string_view name, std::uint32_t checksum, std::size_t packed,
                   std::size_t size) {
    append(out, kVersion);
    append(out, kUtf8Names);
    append(out, kDeflated);
    append(out, std::uint16_t{0});
    append(out, kDay);
    append(out, checksum);
    append(out, static_cast<std::uint32_t>(packed));
    append(out, static_cast<std::uint32_t>(size));
    append(out, static_cast<std::uint16_t>(name.size()));
    append(out, std::uint16_t{0});
}

// Where the end record is; it may have a comment behind it.
std::optional<std::size_t> find_end(std::string_view bytes) {
    if (bytes.size() < kEndSize) return std::nullopt;
    const std::size_t last = bytes.size() - kEndSize;
    const std::size_t first = last - std::min(last, kMaxComment);
    for (std::size_t at = last + 1; at-- > first;)
        if (number_at<std::uint32_t>(bytes, at) == kEnd &&
            number_at<std::uint16_t>(bytes, at + 20) == bytes.size() - at - kEndSize)
            return at;
    return std::nullopt;
}

}  // namespace

void ZipWriter::add(std::string_view name, std::string_view content) {
    const std::string packed = deflated(content);
    const std::uint32_t checksum = checksum_of(content);
    append(directory_, kDirectoryHeader);
    append(directory_, kVersion);
    append_common(directory_, name, checksum, packed.size(), content.size());
    append(directory_, std::uint16_t{0});  // comment
    append(directory_, std::uint16_t{0});  // disk
    append(directory_, std::uint16_t{0});  // internal attributes
    append(directory_, std::uint32_t{0});  // external attributes
    append(directory_, static_cast<std::uint32_t>(archive_.size()));
    directory_ += name;
    append(archive_, kLocalHeader);
    append_common(archive_, name, checksum, packed.size(), content.size());
    archive_.append(name).append(packed);
    ++parts_;
}

std::string ZipWriter::finish() {
    const auto directory = static_cast<std::uint32_t>(archive_.size());
    archive_ += directory_;
    append(archive_, kEnd);
    append(archive_, std::uint32_t{0});  // disks
    append(archive_, parts_);
    append(archive_, parts_);
    append(archive_, static_cast<std::uint32_t>(directory_.size()));
    append(archive_, directory);
    append(archive_, std::uint16_t{0});  // comment
    return std::move(archive_);
}

std::optional<ZipReader> ZipReader::open(std::string_view bytes, const Limits& limits, Faults& faults) {
    if (bytes.size() > limits.max_bytes) {
        faults.add("", "too_large", "The file has more than " + std::to_string(limits.max_bytes) + " bytes.");
        return std::nullopt;
    }
    if (bytes.starts_with(kCompoundFile)) {
        faults.add(
            "", "not_xlsx",
            "The workbook has a password or is of Excel 97 to 2003: save it as XLSX without a password.");
        return std::nullopt;
    }
    ZipReader reader(bytes, limits.max_unpacked_bytes);
    const auto end = find_end(bytes);
    const std::size_t count = end ? number_at<std::uint16_t>(bytes, *end + 10) : 0;
    if (count > limits.max_parts) {
        faults.add("", "too_many_parts",
                   "The workbook has more than " + std::to_string(limits.max_parts) + " parts.");
        return std::nullopt;
    }
    if (end && reader.read_directory(number_at<std::uint32_t>(bytes, *end + 16), count)) return reader;
    faults.add("", "not_xlsx", "The file is no XLSX workbook, or it is damaged.");
    return std::nullopt;
}

bool ZipReader::read_directory(std::size_t at, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (at > bytes_.size() || bytes_.size() - at < kDirectoryHeaderSize ||
            number_at<std::uint32_t>(bytes_, at) != kDirectoryHeader)
            return false;
        Part part;
        part.flags = number_at<std::uint16_t>(bytes_, at + 8);
        part.method = number_at<std::uint16_t>(bytes_, at + 10);
        part.checksum = number_at<std::uint32_t>(bytes_, at + 16);
        part.packed_size = number_at<std::uint32_t>(bytes_, at + 20);
        part.size = number_at<std::uint32_t>(bytes_, at + 24);
        part.header = number_at<std::uint32_t>(bytes_, at + 42);
        const std::size_t name = number_at<std::uint16_t>(bytes_, at + 28);
        const std::size_t more =
            number_at<std::uint16_t>(bytes_, at + 30) + number_at<std::uint16_t>(bytes_, at + 32);
        at += kDirectoryHeaderSize;
        if (bytes_.size() - at < name) return false;
        // Of two parts with one name programs read different ones.
        if (!parts_.emplace(bytes_.substr(at, name), part).second) return false;
        at += name + more;
    }
    return true;
}

std::optional<std::string_view> ZipReader::packed(const Part& part) const {
    if (part.header > bytes_.size() || bytes_.size() - part.header < kLocalHeaderSize ||
        number_at<std::uint32_t>(bytes_, part.header) != kLocalHeader)
        return std::nullopt;
    const std::size_t begin = part.header + kLocalHeaderSize +
                              number_at<std::uint16_t>(bytes_, part.header + 26) +
                              number_at<std::uint16_t>(bytes_, part.header + 28);
    if (begin > bytes_.size() || bytes_.size() - begin < part.packed_size) return std::nullopt;
    return bytes_.substr(begin, part.packed_size);
}

std::optional<std::string> ZipReader::read(std::string_view name, Faults& faults) {
    const auto refuse = [&](const char* code, const char* reason) {
        faults.add(std::string(name), code, reason);
        return std::nullopt;
    };
    const auto found = parts_.find(name);
    if (found == parts_.end()) return refuse("not_xlsx", "The workbook lacks a part.");
    const Part& part = found->second;
    if ((part.flags & kEncrypted) != 0) return refuse("encrypted", "The workbook is encrypted.");
    if (part.size > budget_) return refuse("too_large", "The workbook is too large when it is unpacked.");
    const auto bytes = packed(part);
    std::optional<std::string> content;
    if (bytes && part.method == kStored && part.packed_size == part.size) content = std::string(*bytes);
    if (bytes && part.method == kDeflated) content = inflated(*bytes, part.size);
    if (!content || checksum_of(*content) != part.checksum)
        return refuse("damaged", "The workbook is damaged.");
    budget_ -= part.size;
    return content;
}

}  // namespace rules::tables
