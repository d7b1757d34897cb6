#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"
#include "mortise/errors.hpp"
#include "mortise/sql.hpp"
#include "mortise/text.hpp"
#include "mortise/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The host's services, found once when the plugin starts.
namespace mortise::sdk {

// The function tables. One that the manifest does not ask for, or that this host does not know, is null.
class Services {
 public:
    // Throws HostFault if the host or a table of its is not what the ABI says.
    explicit Services(const mortise_host* host) {
        if (host == nullptr || host->size < sizeof(mortise_host) || host->service == nullptr)
            throw HostFault("no host was given to start");
        if (host->abi_major != MORTISE_ABI_MAJOR) throw HostFault("its ABI is of another major version");
        http_ = find<mortise_http_1>(host, MORTISE_HTTP_1);
        log_ = find<mortise_log_1>(host, MORTISE_LOG_1);
        clock_ = find<mortise_clock_1>(host, MORTISE_CLOCK_1);
        ids_ = find<mortise_ids_1>(host, MORTISE_IDS_1);
        settings_ = find<mortise_settings_1>(host, MORTISE_SETTINGS_1);
        sql_ = find<mortise_sql_1>(host, MORTISE_SQL_1);
        events_ = find<mortise_events_1>(host, MORTISE_EVENTS_1);
        license_ = find<mortise_license_1>(host, MORTISE_LICENSE_1);
        flags_ = find<mortise_flags_1>(host, MORTISE_FLAGS_1);
        peers_ = find<mortise_peers_1>(host, MORTISE_PEERS_1);
        if (http_ == nullptr) throw HostFault("it has no " MORTISE_HTTP_1);
    }

    const mortise_http_1& http() const noexcept { return *http_; }
    const mortise_log_1* log() const noexcept { return log_; }
    const mortise_clock_1& clock() const { return need(clock_, MORTISE_CLOCK_1); }
    const mortise_ids_1& ids() const { return need(ids_, MORTISE_IDS_1); }
    const mortise_settings_1& settings() const { return need(settings_, MORTISE_SETTINGS_1); }
    const mortise_sql_1& sql() const { return need(sql_, MORTISE_SQL_1); }
    const mortise_events_1& events() const { return need(events_, MORTISE_EVENTS_1); }
    const mortise_license_1& license() const { return need(license_, MORTISE_LICENSE_1); }
    const mortise_flags_1& flags() const { return need(flags_, MORTISE_FLAGS_1); }
    const mortise_peers_1& peers() const { return need(peers_, MORTISE_PEERS_1); }

 private:
    template <typename Table>
    static const Table* find(const mortise_host* host, std::string_view id) {
        const auto* table = static_cast<const Table*>(host->service(host, to_abi(id)));
        if (table != nullptr && table->size < sizeof(Table))
            throw HostFault("its table of " + std::string(id) + " is too short");
        return table;
    }
    template <typename Table>
    static const Table& need(const Table* table, std::string_view id) {
        if (table == nullptr)
            throw PluginFault("the service " + std::string(id) +
                              " is not in the manifest, or not of this host");
        return *table;
    }

    const mortise_http_1* http_ = nullptr;
    const mortise_log_1* log_ = nullptr;
    const mortise_clock_1* clock_ = nullptr;
    const mortise_ids_1* ids_ = nullptr;
    const mortise_settings_1* settings_ = nullptr;
    const mortise_sql_1* sql_ = nullptr;
    const mortise_events_1* events_ = nullptr;
    const mortise_license_1* license_ = nullptr;
    const mortise_flags_1* flags_ = nullptr;
    const mortise_peers_1* peers_ = nullptr;
};

// The operator's log. Says nothing where the host has none. Never pass a secret or a person's data.
class Log {
 public:
    using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    Log(const mortise_log_1* table, mortise_call call) noexcept : table_(table), call_(call) {}
    void debug(std::string_view message, Fields fields = {}) const {
        write(MORTISE_LOG_DEBUG, message, fields);
    }
    void info(std::string_view message, Fields fields = {}) const {
        write(MORTISE_LOG_INFO, message, fields);
    }
    void warn(std::string_view message, Fields fields = {}) const {
        write(MORTISE_LOG_WARN, message, fields);
    }
    void error(std::string_view message, Fields fields = {}) const {
        write(MORTISE_LOG_ERROR, message, fields);
    }

 private:
    void write(std::uint32_t level, std::string_view message, Fields fields) const {
        if (table_ == nullptr) return;
        std::vector<mortise_pair> pairs;
        pairs.reserve(fields.size());
        for (const auto& [name, value] : fields)
            pairs.push_back({to_abi(name), to_abi(value)});
        table_->write(table_, call_, level, to_abi(message), pairs.data(), pairs.size());
    }

    const mortise_log_1* table_;
    mortise_call call_;
};

}  // namespace mortise::sdk
