#pragma once

#include "mortise/abi/types.h"
#include "mortise/json_writer.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a plugin's code throws and catches. None of it crosses the border: the thunks in plugin.hpp turn each
// into an answer or a status.
namespace mortise::sdk {

// One fault of the request's body. `pointer` is a JSON Pointer (RFC 6901) into it.
struct FieldError {
    std::string pointer;
    std::string code;
    std::string detail;
};

// An answer that is an error as RFC 9457 sees it. Thrown by handlers; the unit of work rolls back. `code` is
// stable and snake_case; `detail` is shown to the client and says what to do.
class Problem : public std::exception {
 public:
    Problem(std::uint32_t status, std::string code, std::string detail)
        : status_(status), code_(std::move(code)), detail_(std::move(detail)) {}

    // Adds faults of fields, shown as errors[].
    Problem&& with_errors(const std::vector<FieldError>& errors) && {
        JsonWriter json;
        json.begin_array();
        for (const FieldError& error : errors) {
            json.begin_object().member("pointer", error.pointer).member("code", error.code);
            json.member("detail", error.detail).end_object();
        }
        errors_ = std::move(json.end_array()).text();
        return std::move(*this);
    }
    // As above, of finished JSON: an array of objects, each with at least code and detail.
    Problem&& with_errors_json(std::string array) && {
        errors_ = std::move(array);
        return std::move(*this);
    }
    // Adds members of the problem's own: a JSON object.
    Problem&& with_extensions(std::string object) && {
        extensions_ = std::move(object);
        return std::move(*this);
    }

    std::uint32_t status() const noexcept { return status_; }
    const std::string& code() const noexcept { return code_; }
    const std::string& detail() const noexcept { return detail_; }
    const std::string& errors() const noexcept { return errors_; }
    const std::string& extensions() const noexcept { return extensions_; }
    const char* what() const noexcept override { return code_.c_str(); }

 private:
    std::uint32_t status_;
    std::string code_;
    std::string detail_;
    std::string errors_;
    std::string extensions_;
};

// A service answered a status other than MORTISE_OK. Left alone it ends the call with that status, which is
// what a busy database needs: the host runs the call again.
class ServiceError : public std::runtime_error {
 public:
    ServiceError(mortise_status status, const std::string& what)
        : std::runtime_error(what + ": status " + std::to_string(status)), status_(status) {}
    mortise_status status() const noexcept { return status_; }

 private:
    mortise_status status_;
};

// After these the unit of work can only roll back: throw a Problem, or let them pass.
class UniqueViolation : public ServiceError {
 public:
    using ServiceError::ServiceError;
};
class ForeignKeyViolation : public ServiceError {
 public:
    using ServiceError::ServiceError;
};
class CheckViolation : public ServiceError {
 public:
    using ServiceError::ServiceError;
};
// The licence allows no more of what was to be counted. Left alone the client is answered 403.
class LimitReached : public ServiceError {
 public:
    using ServiceError::ServiceError;
};
class Busy : public ServiceError {
 public:
    using ServiceError::ServiceError;
};

// The host broke the rules of the ABI: a null where none may be, a batch that does not decode.
class HostFault : public std::runtime_error {
 public:
    explicit HostFault(const std::string& what) : std::runtime_error("the host broke the ABI: " + what) {}
};

// The plugin used the SDK wrongly: a service that its manifest does not ask for, a column of another type.
class PluginFault : public std::logic_error {
 public:
    explicit PluginFault(const std::string& what) : std::logic_error("the plugin misused the SDK: " + what) {}
};

// Throws the exception that stands for `status`, unless it is MORTISE_OK.
inline void check(mortise_status status, std::string_view what) {
    if (status == MORTISE_OK) return;
    const std::string text(what);
    switch (status) {
        case MORTISE_E_UNIQUE:
            throw UniqueViolation(status, text);
        case MORTISE_E_FOREIGN_KEY:
            throw ForeignKeyViolation(status, text);
        case MORTISE_E_CHECK:
            throw CheckViolation(status, text);
        case MORTISE_E_BUSY:
            throw Busy(status, text);
        case MORTISE_E_LIMIT:
            throw LimitReached(status, text);
        default:
            throw ServiceError(status, text);
    }
}

}  // namespace mortise::sdk
