#pragma once

#include "core/base/uuid.hpp"
#include "core/host/plugin.hpp"
#include "core/storage/value.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// The flat messages between the host and a worker. A frame is 4 bytes of length (of what follows,
// little-endian as every number), 1 byte of type and the payload; texts and runs of bytes are 4 bytes of
// length and the bytes. Neither side trusts what it reads: every size and count has a limit, and a frame must
// be used up.
namespace mortise::host {

inline constexpr std::uint32_t kWorkerProtocol = 4;
// The largest payload: a statement's values, or a row, of 48 MiB, and what stands around them.
inline constexpr std::size_t kMaxFrameBytes = 52UL * 1024 * 1024;
inline constexpr std::size_t kFrameHead = 5;
// Bodies and rows travel in pieces of this size; a single row may be larger.
inline constexpr std::size_t kPieceBytes = 64UL * 1024;

enum class FrameType : std::uint8_t {
    // From the host.
    kLoad = 1,  // protocol, most memory, manifest; the library is the worker's descriptor kLibraryDescriptor
    kCall,      // route, access, context, path, query, headers, size of the body and its first piece
    kBody,      // the next piece; empty: the end
    kSettings,  // JSON
    kRows,      // a batch of rows; more follow
    kSqlEnd,    // status, rows changed, the last batch
    kStop,
    kLicence,  // status, how many (1: entitled), whether more is counted
    kFlags,    // which flags the next call sees (held_flags.hpp); no answer
    kFlag,     // status, found, reason, error, detail, variant, value
    kServe,    // method, access, context, caller, size of the input and its first piece
    kPeer,     // status, events and their bytes, whether a problem follows, the problem or the answer
    // From a worker.
    kReady = 64,    // the plugin's routes and methods
    kRefused,       // code and detail: it can't be loaded or started
    kReadBody,      // asks for kBody
    kGetSettings,   // asks for kSettings
    kRunStatement,  // whether rows are wanted, name, values; asks for kSqlEnd, perhaps after kRows
    kMoreRows,      // answers kRows: whether to go on
    kEvent,         // type, subject, data
    kRespond,       // status, headers
    kProblem,       // status, code, detail, errors, extensions
    kWrite,         // a piece of the answer's body
    kReturn,        // the status that the call returned
    kAskLicence,    // what, name, amount; asks for kLicence
    kAskFlag,       // key, targeting key, attributes as JSON; asks for kFlag
    kFlagCounts,    // what the call was answered of flags that the worker holds (flag_counts.hpp); no answer
    kCallPeer       // interface, method, input; asks for kPeer
};

// What a frame kFlags says of one flag.
enum class HeldFlag : std::uint8_t {
    kNone,  // there is none of this key
    kHeld,  // the worker evaluates it
    kAsked  // the worker asks the host
};
inline constexpr HeldFlag kLastHeldFlag = HeldFlag::kAsked;

// Descriptors that a worker is started with, beside /dev/null as 0 and 1. Its standard error is a socket of
// datagrams: lines of the log, and whatever the plugin prints.
inline constexpr int kChannelDescriptor = 3;
inline constexpr int kLibraryDescriptor = 4;

// Appends one frame to `out`; the length is put in when it goes.
class FrameWriter {
 public:
    FrameWriter(std::string& out, FrameType type) : out_(out), start_(out.size()) {
        number(std::uint32_t{0});
        number(static_cast<std::uint8_t>(type));
    }
    ~FrameWriter() {
        const auto size = static_cast<std::uint32_t>(out_.size() - start_ - sizeof(std::uint32_t));
        std::memcpy(out_.data() + start_, &size, sizeof(size));
    }
    FrameWriter(const FrameWriter&) = delete;
    FrameWriter& operator=(const FrameWriter&) = delete;

    template <class Number>
    FrameWriter& number(Number value) {
        static_assert(std::endian::native == std::endian::little);
        char bytes[sizeof(Number)];
        std::memcpy(bytes, &value, sizeof(Number));
        out_.append(bytes, sizeof(Number));
        return *this;
    }
    FrameWriter& text(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        out_ += value;
        return *this;
    }
    FrameWriter& uuid(const base::Uuid& value) {
        out_ += value.as_bytes();
        return *this;
    }
    // As it is: the rest of the frame.
    FrameWriter& rest(std::string_view value) {
        out_ += value;
        return *this;
    }
    FrameWriter& pairs(const Pairs* values);
    FrameWriter& value(const storage::Value& value);

 private:
    std::string& out_;
    std::size_t start_;
};

// Reads a payload. What does not fit or is too large reads as zero or empty and is remembered: ask good() or
// done() at the end. Texts are views into the payload.
class FrameReader {
 public:
    explicit FrameReader(std::string_view payload) : rest_(payload) {}

    template <class Number>
    Number number() {
        Number value{};
        const std::string_view bytes = take(sizeof(Number));
        if (good_) std::memcpy(&value, bytes.data(), sizeof(Number));
        return value;
    }
    // The number, which must be from `least` to `most`.
    template <class Number>
    Number number_in(Number least, Number most) {
        const Number value = number<Number>();
        if (value < least || value > most) good_ = false;
        return good_ ? value : least;
    }
    std::string_view text(std::size_t most) {
        const auto size = number<std::uint32_t>();
        if (size > most) good_ = false;
        return good_ ? take(size) : std::string_view();
    }
    base::Uuid uuid();
    Pairs pairs(std::size_t most_pairs, std::size_t most_bytes);
    storage::Value value(std::size_t most);
    std::string_view rest(std::size_t most);

    bool good() const noexcept { return good_; }
    // Whether all was read, and nothing is left.
    bool done() const noexcept { return good_ && rest_.empty(); }

 private:
    std::string_view take(std::size_t size);

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace mortise::host
