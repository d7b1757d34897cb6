#pragma once

#include "tables/fault.hpp"
#include "tables/limits.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// ZIP archives (PKWARE's APPNOTE 6.3) as office documents are: in memory, of parts that are stored or
// deflated.
namespace rules::tables {

class ZipWriter {
 public:
    void add(std::string_view name, std::string_view content);
    // The archive. The writer can't be used after it.
    std::string finish();

 private:
    std::string archive_;
    std::string directory_;
    std::uint16_t parts_ = 0;
};

// Reads parts out of an archive, which outlives it. Nothing is unpacked before it is asked for, and all in
// all no more than the limit, whatever the archive says of its sizes.
class ZipReader {
 public:
    // None, with a fault, if the bytes are no such archive.
    static std::optional<ZipReader> open(std::string_view bytes, const Limits& limits, Faults& faults);

    bool contains(std::string_view name) const { return parts_.find(name) != parts_.end(); }
    // None, with a fault, if it isn't there, is damaged or too large.
    std::optional<std::string> read(std::string_view name, Faults& faults);

 private:
    struct Part {
        std::uint16_t flags = 0;
        std::uint16_t method = 0;
        std::uint32_t checksum = 0;
        std::size_t packed_size = 0;
        std::size_t size = 0;
        std::size_t header = 0;  // where its local header is
    };

    explicit ZipReader(std::string_view bytes, std::size_t budget) : bytes_(bytes), budget_(budget) {}

    bool read_directory(std::size_t at, std::size_t count);
    // The bytes as they are packed; none if they aren't in the archive.
    std::optional<std::string_view> packed(const Part& part) const;

    std::string_view bytes_;
    std::size_t budget_;  // bytes that may still be unpacked
    std::map<std::string, Part, std::less<>> parts_;
};

}  // namespace rules::tables
