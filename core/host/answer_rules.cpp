// The rules of an answer that hold on both sides of a worker's channel; apart from call_answer.cpp, so that a
// worker links no storage.
#include "core/base/text.hpp"
#include "core/host/call_answer.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mortise::host {
namespace {

constexpr std::size_t kMaxProblemCode = 64;
constexpr std::size_t kMaxEventDepth = 64;

// Says no more than whether a text is one JSON object that is not nested too deeply.
class ObjectCheck final : public nlohmann::json_sax<nlohmann::json> {
 public:
    bool start_object(std::size_t) override { return ++depth_ <= kMaxEventDepth; }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return depth_ > 0 && ++depth_ <= kMaxEventDepth; }
    bool end_array() override { return leave(); }
    bool null() override { return depth_ > 0; }
    bool boolean(bool) override { return depth_ > 0; }
    bool number_integer(number_integer_t) override { return depth_ > 0; }
    bool number_unsigned(number_unsigned_t) override { return depth_ > 0; }
    bool number_float(number_float_t, const string_t&) override { return depth_ > 0; }
    bool string(string_t&) override { return depth_ > 0; }
    bool binary(binary_t&) override { return false; }
    bool key(string_t&) override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

 private:
    bool leave() noexcept {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
};

bool is_code(std::string_view code) noexcept {
    return !code.empty() && code.size() <= kMaxProblemCode && code[0] >= 'a' && code[0] <= 'z' &&
           std::all_of(code.begin(), code.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

bool is_allowed_header(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 6> kReserved = {
        "content-length", "connection", "transfer-encoding", "date", "set-cookie", "x-request-id"};
    return std::none_of(kReserved.begin(), kReserved.end(),
                        [&](std::string_view reserved) { return base::iequals(name, reserved); });
}

bool is_sound_problem(const PluginProblem& problem) noexcept {
    return problem.status >= 400 && problem.status <= 599 && is_code(problem.code) &&
           base::is_utf8(problem.detail) && base::is_utf8(problem.errors) &&
           base::is_utf8(problem.extensions) &&
           problem.code.size() + problem.detail.size() + problem.errors.size() + problem.extensions.size() <=
               kMaxProblemBytes;
}

bool is_storable_text(std::string_view text) noexcept {
    return text.find('\0') == std::string_view::npos && base::is_utf8(text);
}

bool is_sound_event(std::string_view subject, std::string_view data) {
    ObjectCheck check;
    return is_storable_text(subject) && is_storable_text(data) && nlohmann::json::sax_parse(data, &check);
}

}  // namespace mortise::host
