// The HTTP codec: however the bytes of a connection are split, the same requests come of them. Whether what
// is left at the end is refused already or waits for its line to end may depend on it.
#include "core/http/request_codec.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace mortise::http;

constexpr std::uint64_t kBodyLimit = 1000;

void append(std::vector<std::string>& seen, const Request& request) {
    std::string line(to_string(request.head.method));
    line.append(" ").append(request.head.target).append(request.head.keep_alive ? " keep" : " close");
    for (const Field& field : request.head.fields)
        line.append("\n").append(field.name).append(": ").append(field.value);
    seen.push_back(line + "\n\n" + request.body);
}

// Whether the codec goes on.
bool read_waiting(RequestCodec& codec, std::string& waiting, std::vector<std::string>& seen) {
    for (;;) {
        std::size_t used = 0;
        const auto step = codec.advance(waiting, used);
        FUZZ_EXPECT(used <= waiting.size());
        waiting.erase(0, used);
        if (step == RequestCodec::Step::kNeedMore) return true;
        if (step == RequestCodec::Step::kRequest) append(seen, codec.take());
        if (step == RequestCodec::Step::kRefused ||
            (step == RequestCodec::Step::kHead && !codec.accept_body(kBodyLimit))) {
            FUZZ_EXPECT(codec.refusal().status >= 400);
            return false;
        }
    }
}

std::vector<std::string> read_in_pieces(std::string_view wire, std::size_t piece) {
    static const CodecLimits kLimits;
    RequestCodec codec(kLimits, "192.0.2.7");
    std::vector<std::string> seen;
    std::string waiting;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
        waiting += wire.substr(at, piece);
        if (!read_waiting(codec, waiting, seen)) break;
    }
    return seen;
}

}  // namespace

void fuzz(std::string_view input) {
    if (input.empty()) return;
    const std::size_t piece = static_cast<unsigned char>(input[0]) % 16 + 1;
    input.remove_prefix(1);
    FUZZ_EXPECT(read_in_pieces(input, std::max<std::size_t>(input.size(), 1)) ==
                read_in_pieces(input, piece));
}
