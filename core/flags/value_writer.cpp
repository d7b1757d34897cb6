#include "core/flags/value_writer.hpp"

#include <cmath>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

constexpr double kMaxWhole = 9007199254740992;  // 2^53: beyond, a double isn't every whole number

}  // namespace

nlohmann::ordered_json to_json(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kNull:
            break;
        case Value::Kind::kBoolean:
            return value.boolean();
        case Value::Kind::kNumber:
            if (value.number() == std::trunc(value.number()) && std::abs(value.number()) <= kMaxWhole)
                return static_cast<std::int64_t>(value.number());
            return value.number();
        case Value::Kind::kString:
            return std::string(value.text());
        case Value::Kind::kArray: {
            auto list = nlohmann::ordered_json::array();
            for (const auto& item : value.items())
                list.push_back(to_json(item));
            return list;
        }
        case Value::Kind::kObject: {
            auto object = nlohmann::ordered_json::object();
            for (const auto& [name, member] : value.members())
                object[std::string(name)] = to_json(member);
            return object;
        }
    }
    return {};
}

}  // namespace mortise::flags
